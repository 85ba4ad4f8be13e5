import { useState } from 'preact/hooks'
import { type Action, useAction } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import { useLive } from '../api/live.ts'
import type { Authorization, Delivery, Header, Webhook } from '../api/types.ts'
import { here } from '../mode.ts'
import { navigate, paths } from '../route.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Empty } from '../ui/empty.tsx'
import { Facts } from '../ui/facts.tsx'
import { Icon } from '../ui/icon.tsx'
import { Link } from '../ui/link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Note, ProblemNote } from '../ui/note.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Ago, At } from '../ui/time.tsx'
import { useToast } from '../ui/toast.tsx'
import { DeliveryBadge, EventName, EventNames, NextAttempt, WebhookBadge } from './parts.tsx'
import { useTitle } from './title.ts'
import { Recover, Replay, SendTest } from './webhook-repair.tsx'
import { NewSecret, SignatureFact } from './webhook-secret.tsx'

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
            actions={
              <Actions
                webhook={webhook}
                action={action}
                isOwed={log.value?.data.some(({ state }) => state === 'pending') === true}
                onDone={refresh}
              />
            }
          />
          {action.problem !== undefined && <ProblemNote problem={action.problem} />}
          <Unwell webhook={webhook} />
          <NewSecret webhook={webhook} />
          <ChallengeNote webhook={webhook} action={action} onDone={refresh} />
          <WebhookFacts webhook={webhook} onRolled={refresh} />
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

interface ActionsProps {
  readonly webhook: Webhook
  readonly action: Action
  /** Whether something is still to be delivered. */
  readonly isOwed: boolean
  readonly onDone: () => void
}

function Actions({ webhook, action: { busy, run }, isOwed, onDone }: ActionsProps) {
  const { id, url, paused, state, challenge } = webhook
  const isProven = challenge === null || challenge.state === 'passed'
  const { webhooks } = useApi()
  const say = useToast()
  const [open, setOpen] = useState<'test' | 'recover' | 'replay' | 'drop' | 'delete'>()
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
  const drop = (): void => {
    close()
    run(
      () => webhooks.change(id, { held: 'drop' }),
      () => done('Dropped. What happens from now on is held back.'),
    )
  }
  const enable = (): void =>
    run(
      () => webhooks.enable(id),
      () => done(state === 'disabled' ? 'Enabled. What was held back goes out now.' : 'It is tried now.'),
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
      {isProven && (
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
        </>
      )}
      <Button busy={busy} onClick={pause}>
        {paused ? 'Resume' : 'Pause'}
      </Button>
      {state !== 'active' && (
        <Button busy={busy} onClick={enable}>
          {state === 'disabled' ? 'Enable' : 'Try now'}
        </Button>
      )}
      {paused && isOwed && (
        <Button busy={busy} onClick={() => setOpen('drop')}>
          Drop held
        </Button>
      )}
      <ButtonLink href={paths.editWebhook(id)}>Edit</ButtonLink>
      <Button kind="danger" busy={busy} onClick={() => setOpen('delete')}>
        Delete
      </Button>
      {open === 'test' && <SendTest id={id} onClose={close} onDone={onDone} />}
      {open === 'recover' && <Recover id={id} onClose={close} onDone={onDone} />}
      {open === 'replay' && <Replay id={id} onClose={close} onDone={onDone} />}
      {open === 'drop' && (
        <Confirm
          title="Drop what is held back?"
          action="Drop it"
          busy={busy}
          onClose={close}
          onConfirm={drop}
        >
          <p>All that this webhook is still owed is canceled. It stays paused. This cannot be undone.</p>
        </Confirm>
      )}
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

/** Why nothing is delivered yet, where its URL has to say first whose it is. */
function ChallengeNote({ webhook, action: { busy, run }, onDone }: Omit<ActionsProps, 'isOwed'>) {
  const { webhooks } = useApi()
  const { id, challenge } = webhook
  if (challenge === null || challenge.state === 'passed') return null
  const again = (): void => run(() => webhooks.challenge(id), onDone)
  return (
    <div class={`note ${challenge.state === 'failed' ? 'bad' : ''}`} role="status">
      <Icon name="alert" />
      <div>
        <p class="note-title">
          {challenge.state === 'failed' ? 'The URL did not answer its challenge' : 'The URL is being asked'}
        </p>
        <p>
          {challenge.error === null ? '' : `${challenge.error}. `}It has to answer with the{' '}
          <code>challenge</code> that it is sent. Nothing else is delivered before, and what happens is held
          back.
        </p>
        <Button busy={busy} onClick={again}>
          Ask again
        </Button>
      </div>
    </div>
  )
}

interface WebhookFactsProps {
  readonly webhook: Webhook
  readonly onRolled: () => void
}

const WebhookFacts = ({ webhook, onRolled }: WebhookFactsProps) => (
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
      Signature: <SignatureFact webhook={webhook} onRolled={onRolled} />,
      Authorization: webhook.authorization === null ? undefined : authorizedAs(webhook.authorization),
      'Header fields': webhook.headers.length === 0 ? undefined : <HeaderNames headers={webhook.headers} />,
      Metadata: Object.keys(webhook.metadata).length === 0 ? undefined : <Entries of={webhook.metadata} />,
      Created: <At at={webhook.created_at} />,
      Id: <code>{webhook.id}</code>,
    }}
  />
)

const SENT_AS = { json: 'JSON', xml: 'XML', form: 'a form', query: 'parameters of the URL' }

function authorizedAs({ type, username, token_url }: Authorization): string {
  if (type === 'basic') return `Basic, as ${username ?? ''}`
  return type === 'bearer' ? 'Bearer token' : `OAuth 2, with tokens from ${token_url ?? ''}`
}

const HeaderNames = ({ headers }: { readonly headers: readonly Header[] }) => (
  <Entries of={Object.fromEntries(headers.map(({ name, value }) => [name, value ?? 'secret']))} />
)

const Entries = ({ of }: { readonly of: { readonly [name: string]: string } }) => (
  <>
    {Object.entries(of).map(([name, value]) => (
      <div key={name}>
        <code>{name}</code> <span class="soft">{value}</span>
      </div>
    ))}
  </>
)
