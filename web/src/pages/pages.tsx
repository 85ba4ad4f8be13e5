import type { Session } from '../api/types.ts'
import type { Mode } from '../mode.ts'
import { paths, routeOf, usePath } from '../route.ts'
import { ButtonLink } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { AuditPage } from './audit.tsx'
import { DeliveryPage } from './delivery.tsx'
import { EventPage } from './event.tsx'
import { EventsPage } from './events.tsx'
import { NewKeyPage } from './key-new.tsx'
import { KeysPage } from './keys.tsx'
import { RequestPage } from './request.tsx'
import { RequestsPage } from './requests.tsx'
import { useTitle } from './title.ts'
import { WebhookPage } from './webhook.tsx'
import { EditWebhookPage, NewWebhookPage } from './webhook-edit.tsx'
import { WebhooksPage } from './webhooks.tsx'

/** The page of the path. An id of its own is a page of its own: nothing of the one before stays. */
export function Pages({ session, mode }: { readonly session: Session; readonly mode: Mode }) {
  const route = routeOf(usePath())
  switch (route.page) {
    case 'webhooks':
      return <WebhooksPage />
    case 'new-webhook':
      return <NewWebhookPage />
    case 'webhook':
      return <WebhookPage key={route.id} id={route.id} />
    case 'edit-webhook':
      return <EditWebhookPage key={route.id} id={route.id} />
    case 'delivery':
      return <DeliveryPage key={route.id} id={route.id} />
    case 'events':
      return <EventsPage />
    case 'event':
      return <EventPage key={route.id} id={route.id} />
    case 'requests':
      return <RequestsPage />
    case 'request':
      return <RequestPage key={route.id} id={route.id} session={session} />
    case 'keys':
      return <KeysPage session={session} />
    case 'new-key':
      return <NewKeyPage session={session} mode={mode} />
    case 'audit':
      return <AuditPage />
    case 'unknown':
      return <Nowhere />
  }
}

function Nowhere() {
  useTitle('No such page')
  return (
    <>
      <PageHead title="There is no such page" />
      <Empty title="Nothing is here" action={<ButtonLink href={paths.webhooks}>To the webhooks</ButtonLink>}>
        The address may be mistyped, or from an older version of the portal.
      </Empty>
    </>
  )
}
