import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { AuditEntry, Key } from '../api/types.ts'
import { Empty } from '../ui/empty.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { EventName, KeyById } from './parts.tsx'
import { useTitle } from './title.ts'

export function AuditPage() {
  useTitle('Audit log')
  const api = useApi()
  const place = usePlace()
  const live = useLive(`audit ${place.cursor}`, () => api.audit.list(place.cursor))
  const keys = useLive('keys by name', () => api.keys.list())
  return (
    <>
      <PageHead
        title="Audit log"
        about="What was done to your keys and webhooks, newest first, and by whom."
      />
      <Loaded live={live}>
        {({ data, next }) =>
          data.length === 0 && place.isFirst ? (
            <Empty title="Nothing has been done yet">
              Whoever makes, changes or removes a key or a webhook is named here.
            </Empty>
          ) : (
            <>
              <Table
                label="Audit log, newest first"
                columns={columns(keys.value?.data ?? [])}
                rows={data}
                keyOf={entry => entry.id}
              />
              <Pager place={place} next={next} />
            </>
          )
        }
      </Loaded>
    </>
  )
}

const columns = (keys: readonly Key[]): readonly Column<AuditEntry>[] => [
  {
    head: 'What',
    cell: ({ action, subject }) => (
      <>
        <EventName name={action} />
        {subject !== null && <Subject id={subject} keys={keys} />}
      </>
    ),
  },
  { head: 'By', cell: entry => <Doer of={entry} keys={keys} /> },
  { head: 'From', wide: true, cell: ({ address }) => address !== null && <code>{address}</code> },
  { head: 'When', end: true, cell: entry => <Ago at={entry.at} /> },
]

interface SubjectProps {
  readonly id: string
  readonly keys: readonly Key[]
}

/** Keys older than those of the first page, and webhooks, are known by their ids. */
function Subject({ id, keys }: SubjectProps) {
  const key = keys.find(each => each.id === id)
  return (
    <span class="beneath">
      {key?.name} <code>{key?.hint ?? id}</code>
    </span>
  )
}

interface DoerProps {
  readonly of: AuditEntry
  readonly keys: readonly Key[]
}

function Doer({ of: { by, key_id }, keys }: DoerProps) {
  if (by === 'session') return <>Somebody signed in</>
  if (by === 'application') return <>The application</>
  return <KeyById id={key_id} keys={keys} />
}
