import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { FieldError } from '../ui/field.tsx'
import { capital } from '../words.ts'

interface ScopesProps {
  /** All there are: `articles:read`. */
  readonly all: readonly string[]
  readonly chosen: readonly string[]
  readonly onChosen: (chosen: readonly string[]) => void
  readonly error: ComponentChildren
}

/** What a key may do: a line for each noun, with what can be done to it. */
export function ScopesField({ all, chosen, onChosen, error }: ScopesProps) {
  const id = useId()
  const nouns = Map.groupBy(all, scope => scope.split(':')[0] ?? scope)
  const toggle = (scope: string): void =>
    onChosen(all.filter(each => (each === scope) !== chosen.includes(each)))
  return (
    <fieldset class="field" aria-describedby={`${id}-error`}>
      <legend class="label">Scopes</legend>
      <ul class="scopes">
        {[...nouns].map(([noun, scopes]) => (
          <li key={noun}>
            <code>{noun}</code>
            {scopes.toSorted(readFirst).map(scope => {
              const verb = scope.slice(noun.length + 1)
              return (
                <label key={scope} class={verb === 'read' || verb === 'write' ? verb : undefined}>
                  <input type="checkbox" checked={chosen.includes(scope)} onChange={() => toggle(scope)} />
                  {capital(verb)}
                  <span class="unseen"> {noun}</span>
                </label>
              )
            })}
          </li>
        ))}
      </ul>
      <FieldError id={`${id}-error`} error={error} />
    </fieldset>
  )
}

const rank = (scope: string): number => (scope.endsWith(':read') ? 0 : scope.endsWith(':write') ? 1 : 2)

const readFirst = (a: string, b: string): number => rank(a) - rank(b)
