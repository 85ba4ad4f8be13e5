import type { ComponentChildren } from 'preact'
import { Icon } from './icon.tsx'
import { Link } from './link.tsx'

interface PageHeadProps {
  readonly title: ComponentChildren
  /** Where this page belongs. */
  readonly back?: { readonly path: string; readonly label: string }
  readonly badge?: ComponentChildren
  readonly about?: ComponentChildren
  readonly actions?: ComponentChildren
}

export const PageHead = ({ title, back, badge, about, actions }: PageHeadProps) => (
  <header class="page-head">
    {back !== undefined && (
      <Link class="back" href={back.path}>
        <Icon name="back" />
        {back.label}
      </Link>
    )}
    <div class="page-head-row">
      <div class="page-head-title">
        <h1>{title}</h1>
        {badge}
      </div>
      {actions !== undefined && <div class="actions">{actions}</div>}
    </div>
    {about !== undefined && <p class="about">{about}</p>}
  </header>
)
