import { useState } from 'preact/hooks'
import { useAction } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { Delivery, Webhook } from '../api/types.ts'
import { here } from '../mode.ts'
import { navigate, paths } from '../route.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Empty } from '../ui/empty.tsx'
import { Link } from '../ui/link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { ProblemNote } from '../ui/note.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { useToast } from '../ui/toast.tsx'
import { DeliveryBadge, EventName, NextAttempt, WebhookBadge } from './parts.tsx'
import { useTitle } from './title.ts'
import { WebhookFacts } from './webhook-facts.tsx'
import { DropHeld } from './webhook-held.tsx'
import { type ActionsProps, ChallengeNote, Unwell } from './webhook-notes.tsx'
import { SendAgain, SendTest } from './webhook-repair.tsx'
import { NewSecret } from './webhook-secret.tsx'

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
          <Unwell webhook={webhook} action={action} onDone={refresh} />
          <NewSecret webhook={webhook} />
          <ChallengeNote webhook={webhook} action={action} onDone={refresh} />
          <WebhookFacts webhook={webhook} onRolled={refresh} />
          <div class="section-head">
            <h2>Deliveries</h2>
            <div class="actions">
              {webhook.paused && log.value?.data.some(({ state }) => state === 'pending') === true && (
                <DropHeld id={id} action={action} onDone={refresh} />
              )}
              {isProven(webhook) && <SendAgain id={id} onDone={refresh} />}
            </div>
          </div>
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

/** Whether anything can be sent to it. */
const isProven = ({ challenge }: Webhook): boolean => challenge === null || challenge.state === 'passed'

function Actions({ webhook, action: { busy, run }, onDone }: ActionsProps) {
  const { id, url, paused } = webhook
  const { webhooks } = useApi()
  const say = useToast()
  const [open, setOpen] = useState<'test' | 'delete'>()
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
      {isProven(webhook) && (
        <Button busy={busy} onClick={() => setOpen('test')}>
          Send test
        </Button>
      )}
      <Button busy={busy} onClick={pause}>
        {paused ? 'Resume' : 'Pause'}
      </Button>
      <ButtonLink href={paths.editWebhook(id)}>Edit</ButtonLink>
      <Button kind="danger" busy={busy} onClick={() => setOpen('delete')}>
        Delete
      </Button>
      {open === 'test' && <SendTest id={id} onClose={close} onDone={onDone} />}
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
