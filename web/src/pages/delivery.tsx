import { useAction } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { Attempt, DeliveryWithAttempts } from '../api/types.ts'
import { paths } from '../route.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Facts } from '../ui/facts.tsx'
import { Link } from '../ui/link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { ProblemNote } from '../ui/note.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { At } from '../ui/time.tsx'
import { useToast } from '../ui/toast.tsx'
import { AttemptCard } from './attempt.tsx'
import { DeliveryBadge, NextAttempt } from './parts.tsx'
import { useTitle } from './title.ts'

export function DeliveryPage({ id }: { readonly id: string }) {
  useTitle('Delivery')
  const api = useApi()
  const live = useLive(`delivery ${id}`, () => api.deliveries.get(id))
  const say = useToast()
  const { busy, problem, run } = useAction()
  const retry = (): void =>
    run(
      () => api.deliveries.retry(id),
      () => {
        say('It is being sent again, as the same event with the same id.')
        live.refresh()
      },
    )
  return (
    <Loaded
      live={live}
      until={<PageHead back={{ path: paths.webhooks, label: 'Webhooks' }} title="Delivery" />}
    >
      {delivery => (
        <>
          <PageHead
            back={{ path: paths.webhook(delivery.webhook_id), label: 'Webhook' }}
            title={<code>{delivery.event_type}</code>}
            badge={<DeliveryBadge delivery={delivery} />}
            actions={
              <Button kind={delivery.state === 'delivered' ? 'plain' : 'primary'} busy={busy} onClick={retry}>
                Retry now
              </Button>
            }
          />
          {problem !== undefined && <ProblemNote problem={problem} />}
          <DeliveryFacts delivery={delivery} />
          <h2>Attempts</h2>
          <Attempts delivery={delivery} />
        </>
      )}
    </Loaded>
  )
}

function DeliveryFacts({ delivery }: { readonly delivery: DeliveryWithAttempts }) {
  const api = useApi()
  const { value: webhook } = useLive(`webhook ${delivery.webhook_id}`, () =>
    api.webhooks.get(delivery.webhook_id),
  )
  return (
    <Facts
      of={{
        Webhook: (
          <Link class="url" href={paths.webhook(delivery.webhook_id)}>
            {webhook?.url ?? delivery.webhook_id}
          </Link>
        ),
        Event: (
          <Link href={paths.event(delivery.event_id)}>
            <code>{delivery.event_id}</code>
          </Link>
        ),
        Created: <At at={delivery.created_at} />,
        Settled: delivery.settled_at === null ? undefined : <At at={delivery.settled_at} />,
        'Next attempt':
          delivery.state === 'pending' ? <NextAttempt delivery={delivery} webhook={webhook} /> : undefined,
      }}
    />
  )
}

function Attempts({ delivery }: { readonly delivery: DeliveryWithAttempts }) {
  const newestFirst: readonly Attempt[] = delivery.attempts.toReversed()
  if (newestFirst.length === 0)
    return <Empty title="No attempt yet">The first one appears here as soon as it is over.</Empty>
  return (
    <div class="attempts">
      {newestFirst.map((attempt, index) => (
        <AttemptCard key={attempt.number} attempt={attempt} body={delivery.body} open={index === 0} />
      ))}
    </div>
  )
}
