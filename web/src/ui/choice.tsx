import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { FieldError } from './field.tsx'

export interface Option<T extends string> {
  readonly value: T
  readonly label: string
}

interface SegmentsProps<T extends string> {
  readonly label: string
  readonly options: readonly Option<T>[]
  readonly value: T
  readonly onValue: (value: T) => void
  /** What the chosen one is. */
  readonly about?: string
  /** Why there is no choice; the other options are closed while it is there. */
  readonly fixed?: string | undefined
  readonly error?: ComponentChildren
}

/** One of a few, all in sight: radio buttons in a row. */
export function Segments<T extends string>(props: SegmentsProps<T>) {
  const { label, options, value, onValue, about, fixed, error } = props
  const hint = [fixed, about].filter(text => text !== undefined).join(' ')
  const id = useId()
  return (
    <fieldset class="field" aria-describedby={`${id}-error ${id}-hint`}>
      <legend class="label">{label}</legend>
      <div class="segments">
        {options.map(option => (
          <label key={option.value}>
            <input
              type="radio"
              name={id}
              value={option.value}
              checked={option.value === value}
              disabled={fixed !== undefined && option.value !== value}
              onChange={() => onValue(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
      <FieldError id={`${id}-error`} error={error} />
      <div class="hint" id={`${id}-hint`}>
        {hint}
      </div>
    </fieldset>
  )
}

interface ChecksProps {
  readonly label: string
  readonly hint: ComponentChildren
  readonly options: readonly { readonly name: string; readonly description: string | null }[]
  readonly checked: readonly string[]
  /** Those that another chosen one brings along: they are shown as checked, and are no choice. */
  readonly brought?: ReadonlySet<string>
  readonly onChecked: (checked: readonly string[]) => void
  readonly error?: ComponentChildren
}

/** Any of many: a list of boxes, each with what it means. */
export function Checks(props: ChecksProps) {
  const { label, hint, options, checked, brought = NONE, onChecked, error } = props
  const id = useId()
  const toggle = (name: string): void =>
    onChecked(
      options
        .map(option => option.name)
        .filter(each => (each === name ? !checked.includes(name) : checked.includes(each))),
    )
  return (
    <fieldset class="field" aria-describedby={`${id}-error ${id}-hint`}>
      <legend class="label">{label}</legend>
      <div class="hint before" id={`${id}-hint`}>
        {hint}
      </div>
      <ul class="checks">
        {options.map(({ name, description }) => (
          <li key={name}>
            <input
              type="checkbox"
              id={`${id}-${name}`}
              aria-describedby={description === null ? undefined : `${id}-${name}-about`}
              checked={checked.includes(name) || brought.has(name)}
              disabled={brought.has(name)}
              onChange={() => toggle(name)}
            />
            <label for={`${id}-${name}`}>
              <code>{name}</code>
            </label>
            {description !== null && <p id={`${id}-${name}-about`}>{description}</p>}
          </li>
        ))}
      </ul>
      <FieldError id={`${id}-error`} error={error} />
    </fieldset>
  )
}

const NONE: ReadonlySet<string> = new Set()

interface SelectProps<T extends string> {
  readonly label: string
  readonly options: readonly Option<T>[]
  readonly value: T
  readonly onValue: (value: T) => void
}

/** One of several, without a place of its own: the label is for those who do not see it. */
export const Select = <T extends string>({ label, options, value, onValue }: SelectProps<T>) => (
  <select
    class="select"
    aria-label={label}
    value={value}
    onChange={event => onValue(event.currentTarget.value as T)}
  >
    {options.map(option => (
      <option key={option.value} value={option.value}>
        {option.label}
      </option>
    ))}
  </select>
)
