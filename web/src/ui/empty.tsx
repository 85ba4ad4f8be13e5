import type { ComponentChildren } from 'preact'

interface EmptyProps {
  readonly title: string
  /** What to do next. */
  readonly children: ComponentChildren
  readonly action?: ComponentChildren
}

/** In the place of a list that has nothing yet. */
export const Empty = ({ title, children, action }: EmptyProps) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    <p>{children}</p>
    {action !== undefined && <div class="empty-action">{action}</div>}
  </div>
)
