import { useApi } from '../api/api.ts'
import type { Result } from '../api/call.ts'
import { useLive } from '../api/live.ts'
import type { EventType, WebhookSettings } from '../api/types.ts'
import { type Draft, missing, sentAs, settingsOf } from '../draft.ts'
import { useForm } from '../form.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Checks, Segments } from '../ui/choice.tsx'
import { TextField } from '../ui/field.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { ProblemNote } from '../ui/note.tsx'
import { type Choice, choicesOf, covered } from '../wildcards.ts'
import { ConditionField } from './condition.tsx'
import { ExamplePane } from './example.tsx'
import { MoreFields } from './more-fields.tsx'
import { PaceFields } from './pace-fields.tsx'
import { SIGNATURES } from './parts.tsx'

interface WebhookFormProps<T> {
  /** What the form begins with. */
  readonly draft: Draft
  readonly action: string
  /** Where giving up leads. */
  readonly back: string
  readonly send: (settings: WebhookSettings) => Promise<Result<T>>
  readonly onSaved: (saved: T) => void
}

export function WebhookForm<T>(props: WebhookFormProps<T>) {
  const { eventTypes } = useApi()
  const live = useLive('event types', eventTypes.list)
  return <Loaded live={live}>{({ data }) => <Form {...props} types={data} />}</Loaded>
}

interface FormProps<T> extends WebhookFormProps<T> {
  readonly types: readonly EventType[]
}

function Form<T>({ draft: initial, action, back, send, onSaved, types }: FormProps<T>) {
  const { draft, change, errors, problem, busy, props } = useForm<Draft, T>({
    draft: initial,
    missing,
    send: filled => send(settingsOf(filled)),
    onSaved,
  })

  const options = withUnknown(choicesOf(types), initial.events)

  return (
    <form class="sheet" {...props}>
      <div class="sheet-fields">
        {problem !== undefined && <ProblemNote problem={problem} />}
        <TextField
          label="URL"
          keyboard="url"
          value={draft.url}
          onValue={url => change({ url })}
          error={errors.get('url')}
          maxLength={2048}
          placeholder="https://example.com/hooks"
          hint="Where your program listens. It is called from the internet, so it must be reachable there."
        />
        <Checks
          label="Events"
          hint="What it is called for."
          options={options}
          checked={draft.events}
          brought={covered(
            draft.events,
            options.map(({ name }) => name),
          )}
          onChecked={events => change({ events })}
          error={errors.get('events')}
        />
        <ConditionField
          events={draft.events}
          types={types}
          value={draft.when}
          onValue={when => change({ when })}
          error={errors.get('when')}
        />
        <HowFields draft={draft} errors={errors} onChange={change} />
        <TextField
          label="Description"
          optional
          value={draft.description}
          onValue={description => change({ description })}
          error={errors.get('description')}
          maxLength={500}
          hint="For yourself."
        />
        <PaceFields draft={draft} errors={errors} onChange={change} />
        <MoreFields draft={draft} errors={errors} onChange={change} />
        <div class="actions">
          <Button kind="primary" type="submit" busy={busy}>
            {action}
          </Button>
          <ButtonLink href={back}>Cancel</ButtonLink>
        </div>
      </div>
      <ExamplePane draft={draft} types={types} />
    </form>
  )
}

/** A type that a later version of the api no longer has is still in the webhook, to be taken out. */
const withUnknown = (types: readonly Choice[], chosen: readonly string[]): readonly Choice[] => [
  ...types,
  ...chosen
    .filter(name => !types.some(type => type.name === name))
    .map(name => ({ name, description: 'This type of event is no longer there.' })),
]

interface HowProps {
  readonly draft: Draft
  readonly errors: ReadonlyMap<string, string>
  readonly onChange: (changes: Partial<Draft>) => void
}

const METHODS = [
  { value: 'POST', label: 'POST' },
  { value: 'PUT', label: 'PUT' },
  { value: 'GET', label: 'GET' },
] as const
const FORMATS = [
  { value: 'json', label: 'JSON' },
  { value: 'xml', label: 'XML' },
  { value: 'form', label: 'Form' },
] as const
const SIGNATURE_OPTIONS = (['standard', 'ed25519', 'twilio', 'stripe', 'github'] as const).map(value => ({
  value,
  label: SIGNATURES[value].label,
}))

function HowFields({ draft, errors, onChange }: HowProps) {
  const { method, format, signature } = sentAs(draft)
  const get = method === 'GET'
  return (
    <>
      <div class="side-by-side">
        <Segments
          label="Method"
          options={METHODS}
          value={method}
          onValue={value => onChange({ method: value })}
          error={errors.get('method')}
        />
        <Segments
          label="Format"
          options={FORMATS}
          value={format}
          onValue={value => onChange({ format: value })}
          error={errors.get('format')}
          fixed={get ? 'GET has no body: the fields become parameters of the URL.' : undefined}
        />
      </div>
      <Segments
        label="Signature"
        options={SIGNATURE_OPTIONS}
        value={signature}
        onValue={value => onChange({ signature: value })}
        error={errors.get('signature')}
        fixed={
          get ? 'With GET there is only the URL to sign, and only Twilio’s signature covers it.' : undefined
        }
        about={SIGNATURES[signature].about}
      />
    </>
  )
}
