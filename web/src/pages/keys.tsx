import { useState } from 'preact/hooks'
import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { IssuedKey, Key, Session } from '../api/types.ts'
import { useNow } from '../clock.ts'
import { paths } from '../route.ts'
import { Badge } from '../ui/badge.tsx'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Once } from '../ui/once.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago, Until } from '../ui/time.tsx'
import { useToast } from '../ui/toast.tsx'
import { Revoke, Roll } from './key-dialogs.tsx'
import { forgetIssued, keepIssued, lastIssued } from './new-secrets.ts'
import { useTitle } from './title.ts'

export function KeysPage({ session }: { readonly session: Session }) {
  useTitle('Keys')
  const api = useApi()
  const say = useToast()
  const place = usePlace()
  const live = useLive(`keys ${place.cursor}`, () => api.keys.list(place.cursor))
  const [issued, setIssued] = useState(lastIssued)
  const [rolling, setRolling] = useState<Key>()
  const [revoking, setRevoking] = useState<Key>()
  const create = (
    <ButtonLink kind="primary" href={paths.newKey}>
      <Icon name="plus" />
      New key
    </ButtonLink>
  )
  const rolled = (key: IssuedKey): void => {
    keepIssued(key)
    setRolling(undefined)
    setIssued(key)
    live.refresh()
  }
  const stored = (): void => {
    forgetIssued()
    setIssued(undefined)
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
          onDone={stored}
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
              <Table
                label="Keys"
                columns={columns(setRolling, setRevoking)}
                rows={data}
                keyOf={key => key.id}
              />
              <Pager place={place} next={next} />
            </>
          )
        }
      </Loaded>
      {rolling !== undefined && <Roll of={rolling} onClose={() => setRolling(undefined)} onDone={rolled} />}
      {revoking !== undefined && (
        <Revoke
          of={revoking}
          onClose={() => setRevoking(undefined)}
          onDone={() => {
            say(`The key “${revoking.name}” is revoked.`)
            setRevoking(undefined)
            live.refresh()
          }}
        />
      )}
    </>
  )
}

const columns = (roll: (key: Key) => void, revoke: (key: Key) => void): readonly Column<Key>[] => [
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
    cell: key => <Actions of={key} roll={roll} revoke={revoke} />,
  },
]

interface ActionsProps {
  readonly of: Key
  readonly roll: (key: Key) => void
  readonly revoke: (key: Key) => void
}

/** None where it is over. */
function Actions({ of, roll, revoke }: ActionsProps) {
  const now = useNow(15_000)
  if (of.revoked_at !== null || isExpired(of, now)) return null
  return (
    <div class="row-actions">
      <Button aria-label={`Roll ${of.name}`} onClick={() => roll(of)}>
        Roll
      </Button>
      <Button kind="danger" aria-label={`Revoke ${of.name}`} onClick={() => revoke(of)}>
        Revoke
      </Button>
    </div>
  )
}

const isExpired = ({ expires_at }: Key, now: number): boolean =>
  expires_at !== null && Date.parse(expires_at) <= now

function Scopes({ of: { scopes, addresses } }: { readonly of: Key }) {
  return (
    <>
      {scopes === null ? 'All' : <code>{scopes.join(' ')}</code>}
      {addresses !== null && <span class="beneath">from {addresses.join(', ')}</span>}
    </>
  )
}

function State({ of }: { readonly of: Key }) {
  const now = useNow(15_000)
  const { revoked_at, expires_at } = of
  if (revoked_at !== null) return <Ended how="Revoked" at={revoked_at} />
  if (expires_at === null) return <Badge tone="good">Active</Badge>
  if (isExpired(of, now)) return <Ended how="Expired" at={expires_at} />
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
