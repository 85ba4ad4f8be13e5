import type { ButtonHTMLAttributes, TargetedMouseEvent } from 'preact'
import { Link } from './link.tsx'

type Kind = 'plain' | 'primary' | 'danger'

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'class' | 'type' | 'disabled'> {
  readonly kind?: Kind
  readonly type?: 'button' | 'submit'
  /** What it began is under way. It keeps the focus and does nothing. */
  readonly busy?: boolean
}

export function Button({ kind = 'plain', type = 'button', busy = false, onClick, ...rest }: ButtonProps) {
  const click = (event: TargetedMouseEvent<HTMLButtonElement>): void => {
    if (busy) event.preventDefault()
    else onClick?.(event)
  }
  return <button {...rest} type={type} class={`button ${kind}`} aria-disabled={busy} onClick={click} />
}

interface ButtonLinkProps {
  readonly kind?: Kind
  readonly href: string
  readonly children: preact.ComponentChildren
}

export const ButtonLink = ({ kind = 'plain', ...rest }: ButtonLinkProps) => (
  <Link class={`button ${kind}`} {...rest} />
)
