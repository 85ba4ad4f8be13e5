import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from './button.tsx'
import { Copy } from './copy.tsx'

interface OnceProps {
  readonly title: string
  /** What is shown: 'the secret'. */
  readonly what: string
  readonly text: string
  readonly onDone: () => void
  /** What to do with it. */
  readonly children: ComponentChildren
}

/** What is shown this once. It stays until it is put away, whatever is pressed beside it. */
export function Once({ title, what, text, onDone, children }: OnceProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const id = useId()
  useEffect(() => heading.current?.focus(), [])
  return (
    <section class="once" aria-labelledby={id}>
      <h2 id={id} ref={heading} tabIndex={-1}>
        {title}
      </h2>
      <p>{children}</p>
      <div class="once-text">
        <code>{text}</code>
        <Copy text={text} what={what} />
      </div>
      <Button onClick={onDone}>I have stored it</Button>
    </section>
  )
}
