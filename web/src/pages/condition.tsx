import { useEffect, useState } from 'preact/hooks'
import { useApi } from '../api/api.ts'
import type { EventType, Problem, Trial } from '../api/types.ts'
import { examplesFor } from '../condition-examples.ts'
import { errorsByField } from '../field-errors.ts'
import { TextField } from '../ui/field.tsx'
import { typesOf } from '../wildcards.ts'
import { TrialResult } from './trial.tsx'

interface ConditionFieldProps {
  /** The types of events that the condition is for. */
  readonly events: readonly string[]
  readonly types: readonly EventType[]
  readonly value: string
  readonly onValue: (value: string) => void
  /** What the api said of it when the whole was sent. */
  readonly error: string | undefined
}

/** The condition, checked and tried while it is typed. */
export function ConditionField({ events, types, value, onValue, error }: ConditionFieldProps) {
  const { trial, problem, busy } = useTrial(events, value)
  const asked = typesOf(events, types)
  const examples = examplesFor(types.filter(({ name }) => asked.includes(name)))
  const wrong = error ?? errorsByField(problem).get('when')
  return (
    <div class="condition" aria-busy={busy}>
      <TextField
        label="Condition"
        optional
        rows={3}
        maxLength={2000}
        value={value}
        onValue={onValue}
        error={wrong === undefined ? undefined : <Wrong source={value} text={wrong} />}
        hint={
          <>
            Only events that meet it are sent. Written in CEL over <code>data</code>, <code>before</code>,{' '}
            <code>type</code> and <code>at</code>
            {examples.length === 0 ? '.' : ', such as'}
            {examples.map(example => (
              <code key={example} class="such-as">
                {example}
              </code>
            ))}
          </>
        }
      />
      <div role="status">
        <Trying
          events={events}
          value={value}
          trial={trial}
          problem={wrong === undefined ? problem : undefined}
        />
      </div>
    </div>
  )
}

interface TryingProps {
  readonly events: readonly string[]
  readonly value: string
  readonly trial: Trial | undefined
  readonly problem: Problem | undefined
}

function Trying({ events, value, trial, problem }: TryingProps) {
  if (value.trim() === '') return null
  if (events.length === 0) return <p class="hint">Choose an event to see what the condition would do.</p>
  if (problem !== undefined) return <p class="hint">It could not be tried just now: {problem.title}.</p>
  return trial === undefined ? null : <TrialResult trial={trial} />
}

const LINE_AND_COLUMN = /\bline (\d+),? column (\d+)|\bcolumn (\d+)/i

/** What is wrong, and below it the line that it is about, with a mark where it begins. */
function Wrong({ source, text }: { readonly source: string; readonly text: string }) {
  const [, line = '1', columnInLine, columnAlone] = LINE_AND_COLUMN.exec(text) ?? []
  const column = Number(columnInLine ?? columnAlone ?? 0)
  const about = source.split('\n')[Number(line) - 1]
  return (
    <>
      {text}
      {column > 0 && about !== undefined && column <= about.length + 1 && (
        <pre class="mark" aria-hidden="true">
          {about}
          {'\n'}
          {' '.repeat(column - 1)}
          <b>^</b>
        </pre>
      )}
    </>
  )
}

const SETTLED_MS = 350

interface Tried {
  readonly trial?: Trial | undefined
  readonly problem?: Problem | undefined
}

/** Tries a condition once nobody has typed for a moment. What was found before stays until something newer is known. */
function useTrial(events: readonly string[], when: string): Tried & { readonly busy: boolean } {
  const api = useApi()
  const [tried, setTried] = useState<Tried>({})
  const [busy, setBusy] = useState(false)
  const types = events.join(' ')
  useEffect(() => {
    setBusy(false)
    if (when.trim() === '' || types === '') return setTried({})
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      setBusy(true)
      const result = await api.webhooks.try(types.split(' '), when, stop.signal)
      if (stop.signal.aborted) return
      setBusy(false)
      setTried(result.ok ? { trial: result.value } : { problem: result.problem })
    }, SETTLED_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [api, types, when])
  return { ...tried, busy }
}
