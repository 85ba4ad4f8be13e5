import { useState } from 'preact/hooks'
import { readable } from '../readable.ts'
import { Copy } from './copy.tsx'
import { Scroll } from './scroll.tsx'

interface CodeProps {
  /** What it is: 'Request body'. */
  readonly label: string
  readonly text: string
  /** Its media type. Where it can be laid out for reading, it is, and a button shows it as it was sent. */
  readonly type?: string | undefined
}

/** A block of text that machines read. */
export function Code({ label, text, type }: CodeProps) {
  const [raw, setRaw] = useState(false)
  const laidOut = readable(text, type)
  return (
    <figure class="code">
      <figcaption>
        <span>{label}</span>
        {laidOut !== undefined && (
          <button type="button" class="toggle" aria-pressed={raw} onClick={() => setRaw(!raw)}>
            As sent
          </button>
        )}
        <Copy text={text} what={label.toLowerCase()} />
      </figcaption>
      <Scroll label={label}>
        <pre>
          <code>{raw ? text : (laidOut ?? text)}</code>
        </pre>
      </Scroll>
    </figure>
  )
}
