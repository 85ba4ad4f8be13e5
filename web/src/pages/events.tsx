import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { Event } from '../api/types.ts'
import { paths } from '../route.ts'
import { Empty } from '../ui/empty.tsx'
import { Link } from '../ui/link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { EventName } from './parts.tsx'
import { useTitle } from './title.ts'

export function EventsPage() {
  useTitle('Events')
  const api = useApi()
  const place = usePlace()
  const live = useLive(`events ${place.cursor}`, () => api.events.list(place.cursor))
  return (
    <>
      <PageHead
        title="Events"
        about="What happened in your account, newest first, and which webhooks heard of it."
      />
      <Loaded live={live}>
        {({ data, next }) =>
          data.length === 0 && place.isFirst ? (
            <Empty title="Nothing has happened yet">
              Every change of your data is recorded here, with or without a webhook. Make one through the API
              to see it appear.
            </Empty>
          ) : (
            <>
              <Table label="Events, newest first" columns={COLUMNS} rows={data} keyOf={event => event.id} />
              <Pager place={place} next={next} />
            </>
          )
        }
      </Loaded>
    </>
  )
}

const COLUMNS: readonly Column<Event>[] = [
  {
    head: 'Type',
    cell: event => (
      <Link class="row-link" href={paths.event(event.id)}>
        <EventName name={event.type} />
      </Link>
    ),
  },
  {
    head: 'Id',
    wide: true,
    cell: event => <code class="soft">{event.id}</code>,
  },
  { head: 'When', end: true, cell: event => <Ago at={event.at} /> },
]
