import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { Delivery, Webhook } from '../api/types.ts'
import { paths } from '../route.ts'
import { Badge } from '../ui/badge.tsx'
import { ButtonLink } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import { Link } from '../ui/link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { DeliveryBadge, EventNames, WebhookBadge } from './parts.tsx'
import { useTitle } from './title.ts'

export function WebhooksPage() {
  useTitle('Webhooks')
  const api = useApi()
  const place = usePlace()
  const live = useLive(`webhooks ${place.cursor}`, () => api.webhooks.list(place.cursor))
  const deliveries = useLive('last deliveries', () => api.deliveries.list())
  const last = (webhook: Webhook): Delivery | undefined =>
    deliveries.value?.data.find(delivery => delivery.webhook_id === webhook.id)
  const create = (
    <ButtonLink kind="primary" href={paths.newWebhook}>
      <Icon name="plus" />
      New webhook
    </ButtonLink>
  )
  return (
    <>
      <PageHead
        title="Webhooks"
        about="A webhook calls a URL of yours whenever something happens that you want to hear of."
        actions={live.value !== undefined && live.value.data.length > 0 ? create : undefined}
      />
      <Loaded live={live}>
        {({ data, next }) =>
          data.length === 0 && place.isFirst ? (
            <Empty title="No webhooks yet" action={create}>
              Give a URL and choose the events. You can narrow them down by a condition, and test before
              anything real happens.
            </Empty>
          ) : (
            <>
              <Table label="Webhooks" columns={columns(last)} rows={data} keyOf={webhook => webhook.id} />
              <Pager place={place} next={next} />
            </>
          )
        }
      </Loaded>
    </>
  )
}

const columns = (last: (webhook: Webhook) => Delivery | undefined): readonly Column<Webhook>[] => [
  {
    head: 'URL',
    cell: webhook => (
      <>
        <Link class="row-link url two-lines" href={paths.webhook(webhook.id)}>
          {webhook.url}
        </Link>
        {webhook.description !== null && <span class="beneath">{webhook.description}</span>}
      </>
    ),
  },
  { head: 'Events', wide: true, cell: webhook => <EventNames names={webhook.events} most={2} /> },
  { head: 'State', cell: webhook => <WebhookBadge webhook={webhook} /> },
  {
    head: 'Last delivery',
    wide: true,
    cell: webhook => {
      const delivery = last(webhook)
      if (delivery === undefined) return <Badge tone="quiet">None lately</Badge>
      return (
        <>
          <DeliveryBadge delivery={delivery} />
          <span class="beneath">
            <Ago at={delivery.created_at} />
          </span>
        </>
      )
    },
  },
]
