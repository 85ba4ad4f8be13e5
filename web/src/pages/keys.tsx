import { useState } from 'preact/hooks'
import { useAction } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { IssuedKey, Key, Session } from '../api/types.ts'
import { useNow } from '../clock.ts'
import { errorsByField } from '../field-errors.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { Empty } from '../ui/empty.tsx'
import { TextField } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { ProblemNote } from '../ui/note.tsx'
import { Once } from '../ui/once.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago, Until } from '../ui/time.tsx'
import { useToast } from '../ui/toast.tsx'
import { useTitle } from './title.ts'

export function KeysPage({ session }: { readonly session: Session }) {
  useTitle('Keys')
  const api = useApi()
  const say = useToast()
  const place = usePlace()
  const live = useLive(`keys ${place.cursor}`, () => api.keys.list(place.cursor))
  const [creating, setCreating] = useState(false)
  const [issued, setIssued] = useState<IssuedKey>()
  const [revoking, setRevoking] = useState<Key>()
  const create = (
    <Button kind="primary" onClick={() => setCreating(true)}>
      <Icon name="plus" />
      New key
    </Button>
  )
  const created = (key: IssuedKey): void => {
    setCreating(false)
    setIssued(key)
    live.refresh()
  }
  return (
    <>
      <PageHead
        title="Keys"
        about="Programs call the API with a key of the account. Give each its own, to revoke it alone."
        actions={create}
      />
      {issued !== undefined && (
        <Once
          key={issued.id}
          title={`The key “${issued.name}” is there`}
          what="the key"
          text={issued.key}
          onDone={() => setIssued(undefined)}
        >
          It is shown this once. Send it with every request as <code>Authorization: Bearer …</code>; the{' '}
          <a href={session.docs}>reference</a> lets you try it.
        </Once>
      )}
      <Loaded live={live}>
        {({ data, next }) =>
          data.length === 0 && place.isFirst ? (
            <Empty title="No keys yet">Create one, and your first program can call the API.</Empty>
          ) : (
            <>
              <Table label="Keys" columns={columns(setRevoking)} rows={data} keyOf={key => key.id} />
              <Pager place={place} next={next} />
            </>
          )
        }
      </Loaded>
      {creating && <NewKey onClose={() => setCreating(false)} onCreated={created} />}
      {revoking !== undefined && (
        <Revoke
          of={revoking}
          onClose={() => setRevoking(undefined)}
          onRevoked={() => {
            say(`The key “${revoking.name}” is revoked.`)
            setRevoking(undefined)
            live.refresh()
          }}
        />
      )}
    </>
  )
}

const columns = (revoke: (key: Key) => void): readonly Column<Key>[] => [
  {
    head: 'Name',
    cell: key => (
      <>
        <span class="name">{key.name}</span>
        <span class="beneath">
          <code>{key.hint}</code>
        </span>
      </>
    ),
  },
  { head: 'Scopes', wide: true, cell: key => <Scopes of={key} /> },
  {
    head: 'Last used',
    wide: true,
    end: true,
    cell: ({ last_used_at }) => (last_used_at === null ? 'Never' : <Ago at={last_used_at} />),
  },
  { head: 'Created', wide: true, end: true, cell: key => <Ago at={key.created_at} /> },
  { head: 'State', cell: key => <State of={key} /> },
  {
    head: 'Actions',
    end: true,
    cell: key =>
      key.revoked_at === null && (
        <Button kind="danger" aria-label={`Revoke ${key.name}`} onClick={() => revoke(key)}>
          Revoke
        </Button>
      ),
  },
]

function Scopes({ of: { scopes, addresses } }: { readonly of: Key }) {
  return (
    <>
      {scopes === null ? 'All' : <code>{scopes.join(' ')}</code>}
      {addresses !== null && <span class="beneath">from {addresses.join(', ')}</span>}
    </>
  )
}

function State({ of: { revoked_at, expires_at } }: { readonly of: Key }) {
  const now = useNow(15_000)
  if (revoked_at !== null) return <Ended how="Revoked" at={revoked_at} />
  if (expires_at === null) return <Badge tone="good">Active</Badge>
  if (Date.parse(expires_at) <= now) return <Ended how="Expired" at={expires_at} />
  return (
    <>
      <Badge tone="good">Active</Badge>
      <span class="beneath wide">
        Expires <Until at={expires_at} />
      </span>
    </>
  )
}

const Ended = ({ how, at }: { readonly how: string; readonly at: string }) => (
  <>
    <Badge tone="quiet">{how}</Badge>
    <span class="beneath wide">
      <Ago at={at} />
    </span>
  </>
)

interface NewKeyProps {
  readonly onClose: () => void
  readonly onCreated: (key: IssuedKey) => void
}

function NewKey({ onClose, onCreated }: NewKeyProps) {
  const api = useApi()
  const [name, setName] = useState('')
  const [unnamed, setUnnamed] = useState(false)
  const { busy, problem, run } = useAction()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    setUnnamed(name.trim() === '')
    if (name.trim() !== '') run(() => api.keys.create(name), onCreated)
  }
  const error = unnamed ? 'Give it a name.' : errorsByField(problem).get('name')
  return (
    <Dialog title="New key" onClose={onClose}>
      <form noValidate onSubmit={submit}>
        {problem !== undefined && error === undefined && <ProblemNote problem={problem} />}
        <TextField
          label="Name"
          value={name}
          onValue={setName}
          maxLength={100}
          error={error}
          hint="What it is for, such as “production server”."
        />
        <div class="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={busy}>
            Create key
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface RevokeProps {
  readonly of: Key
  readonly onClose: () => void
  readonly onRevoked: () => void
}

function Revoke({ of, onClose, onRevoked }: RevokeProps) {
  const api = useApi()
  const { busy, problem, run } = useAction()
  return (
    <Confirm
      title={`Revoke “${of.name}”?`}
      action="Revoke key"
      busy={busy}
      onClose={onClose}
      onConfirm={() => run(() => api.keys.revoke(of.id), onRevoked)}
    >
      {problem !== undefined && <ProblemNote problem={problem} />}
      <p>From the next request on, whatever uses it is refused. This cannot be undone.</p>
    </Confirm>
  )
}
