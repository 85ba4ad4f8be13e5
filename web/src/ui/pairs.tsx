import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Button } from './button.tsx'
import { FieldError } from './field.tsx'
import { Icon } from './icon.tsx'
import { Input } from './input.tsx'

interface PairsProps<P> {
  readonly label: string
  /** What one of them is called. */
  readonly one: string
  readonly hint: string
  readonly pairs: readonly P[]
  readonly onPairs: (pairs: readonly P[]) => void
  /** A new one. */
  readonly fresh: P
  readonly placeholder: { readonly name: string; readonly value: string }
  readonly error: ComponentChildren
  /** Whether the value of one is hidden as it is typed. */
  readonly secret?: (pair: P) => boolean
  /** Whether there is a value already, which nobody can see. */
  readonly kept?: (pair: P) => boolean
  /** What else there is to say of one. */
  readonly also?: (pair: P, set: (changed: P) => void) => ComponentChildren
}

/** Names with values, a line each, as many as there are. */
export function Pairs<P extends { readonly name: string; readonly value: string }>(props: PairsProps<P>) {
  const { label, one, hint, pairs, onPairs, fresh, placeholder, error, secret, kept, also } = props
  const id = useId()
  const set = (at: number, changed: P): void =>
    onPairs(pairs.map((pair, index) => (index === at ? changed : pair)))
  return (
    <fieldset class="field" aria-describedby={`${id}-error ${id}-hint`}>
      <legend class="label">{label}</legend>
      <div class="hint before" id={`${id}-hint`}>
        {hint}
      </div>
      {pairs.map((pair, at) => (
        <div class="pair" key={at}>
          <Input
            secret={false}
            aria-label={`Name of ${one} ${at + 1}`}
            maxLength={100}
            placeholder={placeholder.name}
            value={pair.name}
            onInput={event => set(at, { ...pair, name: event.currentTarget.value })}
          />
          <Input
            secret={secret?.(pair) === true}
            aria-label={`Value of ${one} ${at + 1}`}
            maxLength={4096}
            placeholder={kept?.(pair) === true ? 'Stays as it is' : placeholder.value}
            value={pair.value}
            onInput={event => set(at, { ...pair, value: event.currentTarget.value })}
          />
          {also?.(pair, changed => set(at, changed))}
          <Button
            aria-label={`Remove ${one} ${at + 1}`}
            onClick={() => onPairs(pairs.filter((_, index) => index !== at))}
          >
            <Icon name="cross" />
          </Button>
        </div>
      ))}
      <div>
        <Button onClick={() => onPairs([...pairs, fresh])}>
          <Icon name="plus" />
          Add {one}
        </Button>
      </div>
      <FieldError id={`${id}-error`} error={error} />
    </fieldset>
  )
}
