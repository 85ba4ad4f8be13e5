import { useApi } from '../api/api.ts'
import type { IssuedKey, Session } from '../api/types.ts'
import { useNow } from '../clock.ts'
import { type Form, useForm } from '../form.ts'
import { emptyKey, type KeyDraft, missingOfKey, termsOf } from '../key-draft.ts'
import { inMode, type Mode } from '../mode.ts'
import { navigate, paths } from '../route.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Segments } from '../ui/choice.tsx'
import { DayField, TextField } from '../ui/field.tsx'
import { ProblemNote } from '../ui/note.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { keepIssued } from './new-secrets.ts'
import { ScopesField } from './scopes.tsx'
import { useTitle } from './title.ts'

interface NewKeyPageProps {
  readonly session: Session
  readonly mode: Mode
}

export function NewKeyPage({ session, mode }: NewKeyPageProps) {
  useTitle('New key')
  const { keys } = useApi()
  const now = useNow(1_000)
  const form = useForm<KeyDraft, IssuedKey>({
    draft: emptyKey(mode),
    missing: missingOfKey,
    send: draft => keys.create(termsOf(draft, now), draft.mode),
    onSaved: key => {
      keepIssued(key)
      navigate(inMode(paths.keys, key.mode))
    },
  })
  const { draft, change, errors, problem, busy, props } = form
  return (
    <>
      <PageHead back={{ path: paths.keys, label: 'Keys' }} title="New key" />
      <form class="sheet-fields narrow" {...props}>
        {problem !== undefined && <ProblemNote problem={problem} />}
        <TextField
          label="Name"
          value={draft.name}
          onValue={name => change({ name })}
          maxLength={100}
          error={errors.get('name')}
          hint="What it is for, such as “production server”."
        />
        <Segments
          label="Data"
          options={MODES}
          value={draft.mode}
          onValue={value => change({ mode: value })}
          about={
            draft.mode === 'live' ? 'What your users see.' : 'For trying out: it never reaches live data.'
          }
        />
        <AccessFields form={form} scopes={session.scopes} />
        <ExpiryFields form={form} />
        <TextField
          label="Addresses"
          optional
          value={draft.addresses}
          onValue={addresses => change({ addresses })}
          maxLength={5_000}
          rows={2}
          error={errors.get('addresses')}
          placeholder="192.0.2.0/24"
          hint="Where it may be used from: addresses or networks, one a line. None means from everywhere."
        />
        <div class="actions">
          <Button kind="primary" type="submit" busy={busy}>
            Create key
          </Button>
          <ButtonLink href={paths.keys}>Cancel</ButtonLink>
        </div>
      </form>
    </>
  )
}

const MODES = [
  { value: 'live', label: 'Live' },
  { value: 'test', label: 'Test' },
] as const

const ACCESS = [
  { value: 'all', label: 'Everything' },
  { value: 'some', label: 'Only some of it' },
] as const

interface FieldsProps {
  readonly form: Form<KeyDraft>
}

function AccessFields({ form, scopes }: FieldsProps & { readonly scopes: readonly string[] }) {
  const { draft, change, errors } = form
  return (
    <>
      <Segments
        label="May do"
        options={ACCESS}
        value={draft.limited ? 'some' : 'all'}
        onValue={value => change({ limited: value === 'some' })}
        about={draft.limited ? 'Give it no more than it needs.' : 'All that your account can.'}
      />
      {draft.limited && (
        <ScopesField
          all={scopes}
          chosen={draft.scopes}
          onChosen={chosen => change({ scopes: chosen })}
          error={errors.get('scopes')}
        />
      )}
    </>
  )
}

const EXPIRIES = [
  { value: 'never', label: 'Never' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'day', label: 'On a day' },
] as const

function ExpiryFields({ form: { draft, change, errors } }: FieldsProps) {
  const isDay = draft.expires_at === 'day'
  return (
    <>
      <Segments
        label="Expires"
        options={EXPIRIES}
        value={draft.expires_at}
        onValue={value => change({ expires_at: value })}
        error={isDay ? undefined : errors.get('expires_at')}
      />
      {isDay && (
        <DayField
          label="Last day"
          value={draft.day}
          onValue={day => change({ day, expires_at: 'day' })}
          error={errors.get('expires_at')}
          hint="To the end of that day."
        />
      )}
    </>
  )
}
