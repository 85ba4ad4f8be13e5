import { useState } from 'preact/hooks'
import { type Action, useAction } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { Delivery, Webhook } from '../api/types.ts'
import { here } from '../mode.ts'
import { navigate, paths } from '../route.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Empty } from '../ui/empty.tsx'
import { Facts } from '../ui/facts.tsx'
import { Link } from '../ui/link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Note, ProblemNote } from '../ui/note.tsx'
import { Once } from '../ui/once.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago, At } from '../ui/time.tsx'
import { useToast } from '../ui/toast.tsx'
import { forgetSecret, secretOf } from './new-secrets.ts'
import { DeliveryBadge, EventName, EventNames, NextAttempt, SIGNATURES, WebhookBadge } from './parts.tsx'
import { useTitle } from './title.ts'

export function WebhookPage({ id }: { readonly id: string }) {
  useTitle('Webhook')
  const api = useApi()
  const place = usePlace()
  const action = useAction()
  const live = useLive(`webhook ${id}`, () => api.webhooks.get(id))
  const log = useLive(`deliveries ${place.cursor}`, () => api.webhooks.deliveries(id, place.cursor))
  const refresh = (): void => {
    live.refresh()
    log.refresh()
  }
  const back = { path: paths.webhooks, label: 'Webhooks' }
  return (
    <Loaded live={live} until={<PageHead back={back} title="Webhook" />}>
      {webhook => (
        <>
          <PageHead
            back={back}
            title={<span class="url">{webhook.url}</span>}
            badge={<WebhookBadge webhook={webhook} />}
            about={webhook.description ?? undefined}
            actions={<Actions webhook={webhook} action={action} onDone={refresh} />}
          />
          {action.problem !== undefined && <ProblemNote problem={action.problem} />}
          <Unwell webhook={webhook} />
          <NewSecret webhook={webhook} />
          <WebhookFacts webhook={webhook} />
          <h2>Deliveries</h2>
          <Loaded live={log}>
            {({ data, next }) =>
              data.length === 0 && place.isFirst ? (
                <Empty title="Nothing was delivered yet">
                  {webhook.paused
                    ? 'It is paused. What happens meanwhile waits here until it is resumed.'
                    : 'The next of its events appears here as it happens. To see one now, send a test.'}
                </Empty>
              ) : (
                <>
                  <Table
                    label="Deliveries, newest first"
                    columns={columns(webhook)}
                    rows={data}
                    keyOf={delivery => delivery.id}
                  />
                  <Pager place={place} next={next} />
                </>
              )
            }
          </Loaded>
        </>
      )}
    </Loaded>
  )
}

const columns = (webhook: Webhook): readonly Column<Delivery>[] => [
  {
    head: 'Event',
    cell: delivery => (
      <Link class="row-link" href={paths.delivery(delivery.id)}>
        <EventName name={delivery.event_type} />
      </Link>
    ),
  },
  { head: 'State', cell: delivery => <DeliveryBadge delivery={delivery} /> },
  { head: 'Attempts', wide: true, end: true, cell: delivery => delivery.attempt_count },
  {
    head: 'Next attempt',
    wide: true,
    end: true,
    cell: delivery => <NextAttempt delivery={delivery} webhook={webhook} />,
  },
  { head: 'Created', end: true, cell: delivery => <Ago at={delivery.created_at} /> },
]

/** Why it is not called, or not as it should be. */
function Unwell({ webhook: { state, disabled_because, disabled_at } }: { readonly webhook: Webhook }) {
  if (state === 'active') return null
  return (
    <Note title={state === 'failing' ? 'Most attempts of late have failed' : 'It is disabled'}>
      {state === 'failing' ? (
        <p>It is tried now and then until it answers. What it is owed waits meanwhile.</p>
      ) : (
        <p>
          {disabled_because === 'gone'
            ? 'Its receiver answered 410, which says that it is gone'
            : 'All attempts of five days have failed'}
          {disabled_at !== null && (
            <>
              : <At at={disabled_at} />
            </>
          )}
          . What it is owed waits until you enable it.
        </p>
      )}
    </Note>
  )
}

function NewSecret({ webhook }: { readonly webhook: Webhook }) {
  const [secret, setSecret] = useState(() => secretOf(webhook.id))
  if (secret === undefined) return null
  const done = (): void => {
    forgetSecret(webhook.id)
    setSecret(undefined)
  }
  return (
    <Once title="The webhook is there. This is its secret" what="the secret" text={secret} onDone={done}>
      It signs every delivery, and it is shown this once. {SIGNATURES[webhook.signature].about}
    </Once>
  )
}

interface ActionsProps {
  readonly webhook: Webhook
  readonly action: Action
  readonly onDone: () => void
}

function Actions({ webhook: { id, url, paused, state }, action: { busy, run }, onDone }: ActionsProps) {
  const { webhooks } = useApi()
  const say = useToast()
  const [deleting, setDeleting] = useState(false)
  const done = (text: string): void => {
    say(text)
    onDone()
  }
  const test = (): void =>
    run(
      () => webhooks.test(id),
      () => done('A test is on its way.'),
    )
  const pause = (): void =>
    run(
      () => webhooks.change(id, { paused: !paused }),
      () =>
        done(paused ? 'Resumed. What was held back goes out now.' : 'Paused. What happens now is held back.'),
    )
  const enable = (): void =>
    run(
      () => webhooks.enable(id),
      () => done(state === 'disabled' ? 'Enabled. What was held back goes out now.' : 'It is tried now.'),
    )
  const remove = (): void => {
    setDeleting(false)
    run(
      () => webhooks.delete(id),
      () => {
        say('The webhook is deleted.')
        navigate(here(paths.webhooks))
      },
    )
  }
  return (
    <>
      <Button busy={busy} onClick={test}>
        Send test
      </Button>
      <Button busy={busy} onClick={pause}>
        {paused ? 'Resume' : 'Pause'}
      </Button>
      {state !== 'active' && (
        <Button busy={busy} onClick={enable}>
          {state === 'disabled' ? 'Enable' : 'Try now'}
        </Button>
      )}
      <ButtonLink href={paths.editWebhook(id)}>Edit</ButtonLink>
      <Button kind="danger" busy={busy} onClick={() => setDeleting(true)}>
        Delete
      </Button>
      {deleting && (
        <Confirm
          title="Delete this webhook?"
          action="Delete webhook"
          busy={busy}
          onClose={() => setDeleting(false)}
          onConfirm={remove}
        >
          <p class="url">{url}</p>
          <p>What was still to be delivered to it is canceled. This cannot be undone.</p>
        </Confirm>
      )}
    </>
  )
}

const WebhookFacts = ({ webhook }: { readonly webhook: Webhook }) => (
  <Facts
    of={{
      Events: <EventNames names={webhook.events} />,
      Condition:
        webhook.when === null ? (
          <span class="soft">none: every such event</span>
        ) : (
          <code class="cel">{webhook.when}</code>
        ),
      Request: `${webhook.method}, as ${SENT_AS[webhook.method === 'GET' ? 'query' : webhook.format]}`,
      Signature: SIGNATURES[webhook.signature].label,
      Created: <At at={webhook.created_at} />,
      Id: <code>{webhook.id}</code>,
    }}
  />
)

const SENT_AS = { json: 'JSON', xml: 'XML', form: 'a form', query: 'parameters of the URL' }
