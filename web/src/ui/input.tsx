import type { TargetedInputEvent } from 'preact'

interface InputProps {
  /** Whether what is typed is hidden. The browser neither keeps it nor fills in what it has. */
  readonly secret: boolean
  readonly id?: string
  readonly value: string
  readonly maxLength: number
  readonly placeholder?: string | undefined
  readonly inputMode?: 'text' | 'url' | 'numeric'
  readonly onInput: (event: TargetedInputEvent<HTMLInputElement>) => void
  readonly 'aria-label'?: string
  readonly 'aria-describedby'?: string | undefined
  readonly 'aria-invalid'?: true | undefined
}

/** One line of text. */
export const Input = ({ secret, ...rest }: InputProps) =>
  secret ? (
    <input {...rest} class="input" type="password" autocomplete="new-password" spellcheck={false} />
  ) : (
    <input {...rest} class="input" type="text" autocomplete="off" spellcheck={false} />
  )
