import { useState } from 'preact/hooks'
import { type Query, useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { Key, LoggedRequest } from '../api/types.ts'
import { paths } from '../route.ts'
import { Select } from '../ui/choice.tsx'
import { Empty } from '../ui/empty.tsx'
import { Link } from '../ui/link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { duration } from '../words.ts'
import { By, StatusBadge } from './request.tsx'
import { useTitle } from './title.ts'

export function RequestsPage() {
  useTitle('Requests')
  const [status, setStatus] = useState('')
  const [method, setMethod] = useState('')
  return (
    <>
      <PageHead
        title="Requests"
        about="What your programs asked of the API of late, newest first, and what became of it."
      />
      <div class="filters">
        <Select label="Status" options={STATUSES} value={status} onValue={setStatus} />
        <Select label="Method" options={METHODS} value={method} onValue={setMethod} />
      </div>
      <RequestList key={`${status} ${method}`} status={status} method={method} />
    </>
  )
}

/** As values of the filter: a status, or the first digit of many. */
const STATUSES = [
  { value: '', label: 'Any status' },
  { value: '2', label: '2xx done' },
  { value: '3', label: '3xx elsewhere' },
  { value: '4', label: '4xx refused' },
  { value: '5', label: '5xx failed' },
  ...[200, 201, 202, 204, 304, 400, 403, 404, 409, 412, 422, 429, 500, 503].map(each => ({
    value: `${each}`,
    label: `${each}`,
  })),
]

const METHODS = [
  { value: '', label: 'Any method' },
  ...['GET', 'HEAD', 'QUERY', 'POST', 'PUT', 'PATCH', 'DELETE'].map(value => ({ value, label: value })),
]

interface Filter {
  /** Empty where any will do, as `method`. */
  readonly status: string
  readonly method: string
}

function RequestList({ status, method }: Filter) {
  const api = useApi()
  const place = usePlace()
  const live = useLive(`requests ${place.cursor}`, () =>
    api.requests.list(queryOf({ status, method }), place.cursor),
  )
  const keys = useLive('keys by name', () => api.keys.list())
  const isFiltered = status !== '' || method !== ''
  return (
    <Loaded live={live}>
      {({ data, next }) =>
        data.length === 0 && place.isFirst ? (
          <Empty title={isFiltered ? 'No request was like that' : 'Nothing was asked of late'}>
            {isFiltered
              ? 'Choose another status or method.'
              : 'What a program asks with one of your keys appears here a moment later. What this page reads for you does not.'}
          </Empty>
        ) : (
          <>
            <Table
              label="Requests, newest first"
              columns={columns(keys.value?.data ?? [])}
              rows={data}
              keyOf={request => request.id}
            />
            <Pager place={place} next={next} />
          </>
        )
      }
    </Loaded>
  )
}

const queryOf = ({ status, method }: Filter): Query => ({
  ...(status.length === 1
    ? { 'status[gte]': `${status}00`, 'status[lte]': `${status}99` }
    : { status: status || undefined }),
  method: method || undefined,
})

const columns = (keys: readonly Key[]): readonly Column<LoggedRequest>[] => [
  {
    head: 'Request',
    cell: ({ id, method, path, query, problem }) => (
      <>
        <Link class="row-link url two-lines" href={paths.request(id)}>
          {method} {path}
          {query !== null && `?${query}`}
        </Link>
        {problem !== null && (
          <span class="beneath">
            <code>{problem}</code>
          </span>
        )}
      </>
    ),
  },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { head: 'By', wide: true, cell: request => <By of={request} keys={keys} /> },
  { head: 'From', wide: true, cell: ({ address }) => address !== null && <code>{address}</code> },
  { head: 'Took', wide: true, end: true, cell: ({ duration_ms }) => duration(duration_ms) },
  {
    head: 'When',
    end: true,
    cell: ({ at, left_out }) => (
      <>
        <Ago at={at} />
        {left_out > 0 && <span class="beneath">{left_out} more not kept</span>}
      </>
    ),
  },
]
