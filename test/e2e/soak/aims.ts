import type { OpenStore, Tx } from '../../../src/store/index.ts'

/**
 * A moment at which a process dies worst:
 *
 * - `answer`: a request's unit has committed, and nobody was answered (fault 1).
 * - `send`: deliveries are claimed, and none is sent (fault 2).
 * - `settle`: a receiver has answered, and it is not stored (fault 3).
 */
export type Moment = 'answer' | 'send' | 'settle'

export interface Aim {
  readonly moment: Moment
  /** How many such moments pass before it. */
  readonly after: number
}

/** A statement that is run there and nowhere else, and whether its unit is still to commit. */
const MARKS: { readonly [M in Moment]: { readonly text: RegExp; readonly commits: boolean } } = {
  answer: { text: /^insert into "signalbox_idempotency"/, commits: true },
  // By a look, or as they are written.
  send: {
    text: /^update signalbox_queue set sending = 1|^insert into signalbox_queue .* select column1, 1,/,
    commits: true,
  },
  settle: { text: /^insert into signalbox_attempts/, commits: false },
}

/** A store that is the other one until the moment comes; then this process is killed. */
export const killedAt =
  (open: OpenStore, aim: () => Aim | undefined): OpenStore =>
  async () => {
    const store = await open()
    let passed = 0
    return {
      ...store,
      async unit(work, ...how) {
        let isOver = false
        const look = (text: string): void => {
          const { moment, after = 0 } = aim() ?? {}
          if (moment === undefined || !MARKS[moment].text.test(text) || passed++ < after) return
          if (MARKS[moment].commits) isOver = true
          else die()
        }
        const value = await store.unit(tx => work(watched(tx, look)), ...how)
        if (isOver) die()
        return value
      },
    }
  }

const watched = (tx: Tx, look: (text: string) => void): Tx => ({
  ...tx,
  run(text, ...values) {
    look(text)
    return tx.run(text, ...values)
  },
  all(text, ...values) {
    look(text)
    return tx.all(text, ...values)
  },
  write(text, ...values) {
    look(text)
    tx.write(text, ...values)
  },
  add(insert, ...values) {
    look(insert.one)
    tx.add(insert, ...values)
  },
})

const die = (): void => void process.kill(process.pid, 'SIGKILL')
