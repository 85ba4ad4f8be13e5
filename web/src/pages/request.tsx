import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { Key, LoggedRequest, Session } from '../api/types.ts'
import { paths } from '../route.ts'
import { Badge, type Tone } from '../ui/badge.tsx'
import { Facts } from '../ui/facts.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { At } from '../ui/time.tsx'
import { duration } from '../words.ts'
import { KeyById } from './parts.tsx'
import { useTitle } from './title.ts'

interface RequestPageProps {
  readonly id: string
  readonly session: Session
}

export function RequestPage({ id, session }: RequestPageProps) {
  useTitle('Request')
  const api = useApi()
  const live = useLive(`request ${id}`, () => api.requests.get(id))
  const keys = useLive('keys by name', () => api.keys.list())
  const back = { path: paths.requests, label: 'Requests' }
  return (
    <Loaded live={live} until={<PageHead back={back} title="Request" />}>
      {request => (
        <>
          <PageHead
            back={back}
            title={
              <span class="url">
                {request.method} {request.path}
              </span>
            }
            badge={<StatusBadge status={request.status} />}
          />
          <RequestFacts of={request} keys={keys.value?.data ?? []} docs={session.docs} />
        </>
      )}
    </Loaded>
  )
}

interface RequestFactsProps {
  readonly of: LoggedRequest
  readonly keys: readonly Key[]
  /** Where the reference is. */
  readonly docs: string
}

const RequestFacts = ({ of, keys, docs }: RequestFactsProps) => (
  <Facts
    of={{
      Problem:
        of.problem === null ? undefined : (
          <a href={`${docs}/problems#${of.problem}`}>
            <code>{of.problem}</code>
          </a>
        ),
      Route: <code>{of.route}</code>,
      Query: of.query === null ? undefined : <code>{of.query}</code>,
      By: <By of={of} keys={keys} />,
      From: of.address === null ? undefined : <code>{of.address}</code>,
      Program: of.user_agent ?? undefined,
      When: <At at={of.at} />,
      Took: duration(of.duration_ms),
      Replayed: of.replayed
        ? 'Answered as the first with its Idempotency-Key; nothing was done again'
        : undefined,
      'Not kept': of.left_out === 0 ? undefined : `${of.left_out} more at about this time`,
      'Request-Id': <code>{of.id}</code>,
    }}
  />
)

/** Who asked. */
export const By = ({ of, keys }: { readonly of: LoggedRequest; readonly keys: readonly Key[] }) =>
  of.key_id === null ? <>Somebody signed in</> : <KeyById id={of.key_id} keys={keys} />

export const StatusBadge = ({ status }: { readonly status: number }) => (
  <Badge tone={TONES[Math.floor(status / 100)] ?? 'quiet'}>{status}</Badge>
)

/** By the first digit. */
const TONES: { readonly [digit: number]: Tone } = { 2: 'good', 4: 'waiting', 5: 'bad' }
