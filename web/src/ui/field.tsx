import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Input } from './input.tsx'

interface About {
  readonly label: string
  readonly optional?: boolean
  readonly hint?: ComponentChildren
  readonly error?: ComponentChildren
}

interface Control {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
}

/** A control with its label above, and what to know or to mend below. */
function Field(props: About & { readonly children: (control: Control) => ComponentChildren }) {
  const { label, optional = false, hint, error, children } = props
  const id = useId()
  const described = [error !== undefined && `${id}-error`, hint !== undefined && `${id}-hint`].filter(Boolean)
  return (
    <div class="field">
      <div class="label">
        <label for={id}>{label}</label>
        {optional && <span class="optional">optional</span>}
      </div>
      {children({
        id,
        'aria-describedby': described.length === 0 ? undefined : described.join(' '),
        'aria-invalid': error === undefined ? undefined : true,
      })}
      <FieldError id={`${id}-error`} error={error} />
      {hint !== undefined && (
        <div class="hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
    </div>
  )
}

interface FieldErrorProps {
  readonly id: string
  readonly error: ComponentChildren | undefined
}

/** The place of an error beside its field: there from the beginning, so that what appears in it is read out. */
export const FieldError = ({ id, error }: FieldErrorProps) => (
  <div class="error" id={id} aria-live="polite">
    {error}
  </div>
)

interface TextFieldProps extends About {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly maxLength: number
  readonly placeholder?: string
  /** Whether what is typed is hidden. */
  readonly secret?: boolean
  /** What a phone shows. */
  readonly keyboard?: 'text' | 'url' | 'numeric'
  /** Several lines, for text that machines read. */
  readonly rows?: number
}

export function TextField(props: TextFieldProps) {
  const { value, onValue, maxLength, placeholder, secret = false, keyboard = 'text', rows, ...about } = props
  return (
    <Field {...about}>
      {control =>
        rows === undefined ? (
          <Input
            {...control}
            secret={secret}
            value={value}
            maxLength={maxLength}
            placeholder={placeholder}
            inputMode={keyboard}
            onInput={event => onValue(event.currentTarget.value)}
          />
        ) : (
          <textarea
            {...control}
            class="input"
            value={value}
            maxLength={maxLength}
            placeholder={placeholder}
            autocomplete="off"
            spellcheck={false}
            rows={rows}
            onInput={event => onValue(event.currentTarget.value)}
          />
        )
      }
    </Field>
  )
}

/** A day, `2026-12-31`; empty until one is chosen. */
export const DayField = ({ value, onValue, ...about }: About & Pick<TextFieldProps, 'value' | 'onValue'>) => (
  <Field {...about}>
    {control => (
      <input
        {...control}
        class="input"
        type="date"
        value={value}
        onInput={event => onValue(event.currentTarget.value)}
      />
    )}
  </Field>
)

interface SelectFieldProps extends About, Pick<TextFieldProps, 'value' | 'onValue'> {
  readonly options: readonly string[]
}

/** One of a list. */
export const SelectField = ({ value, onValue, options, ...about }: SelectFieldProps) => (
  <Field {...about}>
    {control => (
      <select {...control} class="input" value={value} onChange={event => onValue(event.currentTarget.value)}>
        {options.map(option => (
          <option key={option}>{option}</option>
        ))}
      </select>
    )}
  </Field>
)
