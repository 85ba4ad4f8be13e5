import * as z from 'zod'
import type { Verdict } from './match.ts'

// What became of an event at each webhook that subscribes to it, in one column of its row: the mark that it is dispatched
// is written anyway, so remembering costs no statement. Events of shared rows reach the webhooks of many accounts,
// hence lists by account; each is shown its own.

/** A webhook's verdict on an event, as the API shows it. */
export const LogEntry = z
  .object({
    webhook_id: z.string(),
    met: z.boolean().describe('Whether its condition was met, and so a delivery made'),
    because: z.string().nullable().describe('Why the condition was not met'),
  })
  .describe('What a webhook that subscribes to an event made of it')

type Log = { [account: string]: [webhook: string, because: string | null][] }

interface Owned {
  readonly id: string
  readonly account: string
}

export interface Judged<W extends Owned = Owned> {
  readonly webhook: W
  readonly verdict: Verdict
}

export function writeLog(judged: readonly Judged[]): string {
  const log: Log = {}
  for (const { webhook, verdict } of judged) {
    log[webhook.account] ??= []
    log[webhook.account]?.push([webhook.id, verdict.because])
  }
  return JSON.stringify(log)
}

/** @param text null where nobody subscribed to the event, or it is yet to be dispatched. */
export function readLog(text: unknown, account: string): z.output<typeof LogEntry>[] {
  if (typeof text !== 'string') return []
  const { [account]: entries = [] } = JSON.parse(text) as Log
  return entries.map(([webhook_id, because]) => ({ webhook_id, met: because === null, because }))
}
