import type { AnchorHTMLAttributes, TargetedMouseEvent } from 'preact'
import { here } from '../mode.ts'
import { navigate } from '../route.ts'

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { readonly href: string }

/** A link within the page, to the mode that is shown. With a modifier key it is a link like any other. */
export const Link = ({ href, ...rest }: LinkProps) => <a href={here(href)} onClick={follow} {...rest} />

function follow(event: TargetedMouseEvent<HTMLAnchorElement>): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  navigate(event.currentTarget.pathname)
}
