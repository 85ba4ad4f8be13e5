import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { EventWithWebhooks } from '../api/types.ts'
import { changesOf } from '../changes.ts'
import { paths } from '../route.ts'
import { Badge } from '../ui/badge.tsx'
import { Code } from '../ui/code.tsx'
import { Empty } from '../ui/empty.tsx'
import { Facts } from '../ui/facts.tsx'
import { Link } from '../ui/link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { At } from '../ui/time.tsx'
import { useTitle } from './title.ts'

export function EventPage({ id }: { readonly id: string }) {
  useTitle('Event')
  const api = useApi()
  const live = useLive(`event ${id}`, () => api.events.get(id))
  const back = { path: paths.events, label: 'Events' }
  return (
    <Loaded live={live} until={<PageHead back={back} title="Event" />}>
      {event => (
        <>
          <PageHead back={back} title={<code>{event.type}</code>} />
          <Facts
            of={{
              When: <At at={event.at} />,
              Changed: <Changes before={event.before} data={event.data} />,
              Id: <code>{event.id}</code>,
            }}
          />
          <h2>Webhooks</h2>
          <Heard event={event} />
          <h2>Data</h2>
          <div class="exchange">
            {event.before !== undefined && <Json label="Before" value={event.before} />}
            {event.data !== undefined && (
              <Json label={event.before === undefined ? 'Data' : 'Now'} value={event.data} />
            )}
          </div>
        </>
      )}
    </Loaded>
  )
}

const Json = ({ label, value }: { readonly label: string; readonly value: unknown }) => (
  <Code label={label} text={JSON.stringify(value, null, 2)} />
)

/** What is different now, where both are there. */
function Changes({ before, data }: Pick<EventWithWebhooks, 'before' | 'data'>) {
  const changes = changesOf(before, data)
  if (changes.length === 0) return <span class="soft">–</span>
  return (
    <ul>
      {changes.map(({ name, from, to }) => (
        <li key={name}>
          <code>
            {name}: {from} → {to}
          </code>
        </li>
      ))}
    </ul>
  )
}

type Meeting = EventWithWebhooks['webhooks'][number]

/** Which webhooks were called, and why the others were not. */
function Heard({ event }: { readonly event: EventWithWebhooks }) {
  const api = useApi()
  const { value: page } = useLive('webhooks', () => api.webhooks.list())
  if (event.webhooks.length === 0)
    return <Empty title="Nobody was listening">No webhook was for this type of event when it happened.</Empty>
  const urls = new Map(page?.data.map(webhook => [webhook.id, webhook.url]))
  const columns: readonly Column<Meeting>[] = [
    {
      head: 'Webhook',
      cell: ({ webhook_id, met, because }) => (
        <>
          <Link class="row-link url two-lines" href={paths.webhook(webhook_id)}>
            {urls.get(webhook_id) ?? webhook_id}
          </Link>
          {!met && because !== null && <span class="beneath">{because}</span>}
        </>
      ),
    },
    {
      head: 'Condition',
      cell: ({ met }) => <Badge tone={met ? 'good' : 'quiet'}>{met ? 'Met' : 'Not met'}</Badge>,
    },
  ]
  return (
    <Table
      label="Webhooks that are for this event"
      columns={columns}
      rows={event.webhooks}
      keyOf={meeting => meeting.webhook_id}
    />
  )
}
