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
import { ProblemNote } from '../ui/note.tsx'
import { Once } from '../ui/once.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago, At } from '../ui/time.tsx'
import { useToast } from '../ui/toast.tsx'
import { forgetSecret, secretOf } from './new-secrets.ts'
import { DeliveryBadge, EventName, EventNames, NextAttempt, SIGNATURES, WebhookBadge } from './parts.tsx'
import { useTitle } from './title.ts'
import { Recover, Replay, SendTest } from './webhook-repair.tsx'

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
                    columns={columns(webhook.paused)}
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

const columns = (paused: boolean): readonly Column<Delivery>[] => [
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
    cell: delivery => <NextAttempt delivery={delivery} paused={paused} />,
  },
  { head: 'Created', end: true, cell: delivery => <Ago at={delivery.created_at} /> },
]

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

function Actions({ webhook: { id, url, paused }, action: { busy, run }, onDone }: ActionsProps) {
  const { webhooks } = useApi()
  const say = useToast()
  const [open, setOpen] = useState<'test' | 'recover' | 'replay' | 'delete'>()
  const close = (): void => setOpen(undefined)
  const done = (text: string): void => {
    say(text)
    onDone()
  }
  const pause = (): void =>
    run(
      () => webhooks.change(id, { paused: !paused }),
      () =>
        done(paused ? 'Resumed. What was held back goes out now.' : 'Paused. What happens now is held back.'),
    )
  const remove = (): void => {
    close()
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
      <Button busy={busy} onClick={() => setOpen('test')}>
        Send test
      </Button>
      <Button busy={busy} onClick={() => setOpen('recover')}>
        Send failed again
      </Button>
      <Button busy={busy} onClick={() => setOpen('replay')}>
        Replay events
      </Button>
      <Button busy={busy} onClick={pause}>
        {paused ? 'Resume' : 'Pause'}
      </Button>
      <ButtonLink href={paths.editWebhook(id)}>Edit</ButtonLink>
      <Button kind="danger" busy={busy} onClick={() => setOpen('delete')}>
        Delete
      </Button>
      {open === 'test' && <SendTest id={id} onClose={close} onDone={onDone} />}
      {open === 'recover' && <Recover id={id} onClose={close} onDone={onDone} />}
      {open === 'replay' && <Replay id={id} onClose={close} onDone={onDone} />}
      {open === 'delete' && (
        <Confirm
          title="Delete this webhook?"
          action="Delete webhook"
          busy={busy}
          onClose={close}
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
