import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { Webhook } from '../api/types.ts'
import { changeOf, draftOf, emptyDraft } from '../draft.ts'
import { here } from '../mode.ts'
import { navigate, paths } from '../route.ts'
import { Loaded } from '../ui/loaded.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { useToast } from '../ui/toast.tsx'
import { keepSecret } from './new-secrets.ts'
import { useTitle } from './title.ts'
import { WebhookForm } from './webhook-form.tsx'

export function NewWebhookPage() {
  useTitle('New webhook')
  const { webhooks } = useApi()
  return (
    <>
      <PageHead back={{ path: paths.webhooks, label: 'Webhooks' }} title="New webhook" />
      <WebhookForm
        draft={emptyDraft}
        action="Create webhook"
        back={paths.webhooks}
        send={webhooks.create}
        onSaved={webhook => {
          if (webhook.secret !== null) keepSecret(webhook.id, webhook.secret)
          navigate(here(paths.webhook(webhook.id)))
        }}
      />
    </>
  )
}

export function EditWebhookPage({ id }: { readonly id: string }) {
  useTitle('Edit webhook')
  const { webhooks } = useApi()
  const say = useToast()
  const live = useLive(`webhook ${id}`, () => webhooks.get(id))
  const back = paths.webhook(id)
  return (
    <>
      <PageHead back={{ path: back, label: 'Webhook' }} title="Edit webhook" />
      <Loaded live={live}>
        {webhook => (
          <WebhookForm
            draft={draftOf(webhook)}
            action="Save changes"
            back={back}
            send={settings => webhooks.change(id, changeOf(settings, draftOf(webhook)))}
            onSaved={(_: Webhook) => {
              say('Saved. What is still to be delivered goes out as it says now.')
              navigate(here(back))
            }}
          />
        )}
      </Loaded>
    </>
  )
}
