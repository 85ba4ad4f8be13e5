import { useState } from 'preact/hooks'
import { useAction } from '../api/action.ts'
import { useApi } from '../api/api.ts'
import type { Result } from '../api/call.ts'
import { useLive } from '../api/live.ts'
import type { Operation } from '../api/types.ts'
import { useNow } from '../clock.ts'
import { Button } from '../ui/button.tsx'
import { Segments } from '../ui/choice.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { SelectField } from '../ui/field.tsx'
import { ProblemNote } from '../ui/note.tsx'
import { useToast } from '../ui/toast.tsx'

// What is sent to a webhook because its owner asks for it: a test, what failed, what it missed.

interface RepairProps {
  readonly id: string
  readonly onClose: () => void
  /** There is something new to see. */
  readonly onDone: () => void
}

const PLAIN_TEST = 'webhook.test'

export function SendTest({ id, onClose, onDone }: RepairProps) {
  const { webhooks, eventTypes } = useApi()
  const types = useLive('event types', () => eventTypes.list())
  const [type, setType] = useState(PLAIN_TEST)
  const { busy, problem, run } = useAction()
  const say = useToast()
  const send = (): void =>
    run(
      () => webhooks.test(id, type),
      () => {
        say('A test is on its way.')
        onClose()
        onDone()
      },
    )
  return (
    <Dialog title="Send a test" onClose={onClose}>
      {problem !== undefined && <ProblemNote problem={problem} />}
      <SelectField
        label="Event"
        value={type}
        onValue={setType}
        options={[PLAIN_TEST, ...(types.value?.data ?? []).map(({ name }) => name)]}
        hint="It carries what your latest event of this type does, says that it is a test, and goes to this webhook only."
      />
      <Buttons action="Send it" busy={busy} onClose={onClose} onClick={send} />
    </Dialog>
  )
}

/** For how many hours back. */
const SINCE = [
  { value: '1', label: '1 hour' },
  { value: '24', label: '1 day' },
  { value: '168', label: '7 days' },
  { value: '720', label: '30 days' },
] as const

type Hours = (typeof SINCE)[number]['value']

interface SinceProps<R> extends RepairProps {
  readonly title: string
  readonly about: string
  readonly action: string
  readonly send: (since: string) => Promise<Result<Operation<R>>>
  /** What to say of the result. */
  readonly said: (result: R) => string
}

function Since<R>({ title, about, action, send, said, onClose, onDone }: SinceProps<R>) {
  const [hours, setHours] = useState<Hours>('24')
  const now = useNow(1_000)
  const { busy, problem, run } = useAction()
  const say = useToast()
  const done = ({ result, problem: failed, settled_at }: Operation<R>): void => {
    if (result !== null) say(said(result))
    else if (settled_at === null) say('It goes on. What it sends appears here.')
    else say(`It failed: ${failed?.title ?? 'it was canceled'}.`)
    onClose()
    onDone()
  }
  const start = (): void => run(() => send(new Date(now - Number(hours) * 3_600_000).toISOString()), done)
  return (
    <Dialog title={title} onClose={onClose}>
      {problem !== undefined && <ProblemNote problem={problem} />}
      <div class="dialog-text">
        <p>{about}</p>
      </div>
      <Segments label="Of the last" options={SINCE} value={hours} onValue={setHours} />
      <Buttons action={action} busy={busy} onClose={onClose} onClick={start} />
    </Dialog>
  )
}

function Recover(props: RepairProps) {
  const { webhooks } = useApi()
  return (
    <Since
      {...props}
      title="Send failed deliveries again"
      about="Each goes out once more, as the same event with the same id."
      action="Send them again"
      send={since => webhooks.recover(props.id, since)}
      said={({ recovered }) =>
        recovered === 0
          ? 'None has failed in this time.'
          : `${counted(recovered, 'delivery', 'deliveries')} sent again.`
      }
    />
  )
}

function Replay(props: RepairProps) {
  const { webhooks } = useApi()
  return (
    <Since
      {...props}
      title="Replay events"
      about="Sends what happened before this webhook was there: the events that it is for and that meet its condition. What it had already is passed over."
      action="Replay them"
      send={since => webhooks.replay(props.id, since)}
      said={({ replayed }) =>
        replayed === 0
          ? 'There was nothing that it has not had.'
          : `${counted(replayed, 'event', 'events')} sent.`
      }
    />
  )
}

const counted = (n: number, one: string, many: string): string =>
  n === 1 ? `1 ${one} is` : `${n} ${many} are`

interface ButtonsProps {
  readonly action: string
  readonly busy: boolean
  readonly onClose: () => void
  readonly onClick: () => void
}

const Buttons = ({ action, busy, onClose, onClick }: ButtonsProps) => (
  <div class="dialog-actions">
    <Button onClick={onClose}>Cancel</Button>
    <Button kind="primary" busy={busy} onClick={onClick}>
      {action}
    </Button>
  </div>
)

/** What has been, once more: what failed, and what it missed. */
export function SendAgain({ id, onDone }: Omit<RepairProps, 'onClose'>) {
  const [open, setOpen] = useState<'recover' | 'replay'>()
  const close = (): void => setOpen(undefined)
  return (
    <>
      <Button onClick={() => setOpen('recover')}>Send failed again</Button>
      <Button onClick={() => setOpen('replay')}>Replay events</Button>
      {open === 'recover' && <Recover id={id} onClose={close} onDone={onDone} />}
      {open === 'replay' && <Replay id={id} onClose={close} onDone={onDone} />}
    </>
  )
}
