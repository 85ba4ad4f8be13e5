import type { ComponentChildren } from 'preact'

interface ScrollProps {
  readonly label: string
  readonly children: ComponentChildren
}

/** Long things, in a place of bounded height that can be scrolled with the keyboard. */
export const Scroll = ({ label, children }: ScrollProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by Tab
  <section class="scroll" aria-label={label} tabIndex={0}>
    {children}
  </section>
)
