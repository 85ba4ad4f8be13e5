import type { Output } from './deliveries.ts'
import { CliFailure } from './failure.ts'
import { counted, note, print, printJson } from './terminal.ts'

interface Operation {
  readonly id: string
  readonly state: string
  readonly progress: { readonly done: number } | null
  readonly result: { readonly [name: string]: unknown } | null
  readonly problem: { readonly title: string; readonly detail?: string } | null
  readonly settled_at: string | null
}

export interface Span {
  readonly since: string
  readonly until: string | undefined
}

/** Sends all that failed since a time again. */
export async function recover(webhook: string, span: Span, output: Output): Promise<void> {
  const result = await run(`/webhooks/${encodeURIComponent(webhook)}/recover`, span, output)
  if (output.json) printJson(result)
  else print(`${counted(Number(result['recovered']), 'delivery is', 'deliveries are')} sent again.`)
}

/** Sends a webhook what happened since a time. */
export async function replay(
  webhook: string,
  asked: Span & { readonly types: readonly string[] | undefined; readonly again: boolean },
  output: Output,
): Promise<void> {
  const result = await run(`/webhooks/${encodeURIComponent(webhook)}/replay`, asked, output)
  if (output.json) return printJson(result)
  const had = Number(result['passed_over'])
  const rest = had === 0 ? '' : ` It had ${counted(had, 'more', 'more')} already.`
  print(`${counted(Number(result['replayed']), 'event is', 'events are')} sent.${rest}`)
}

/** Starts an operation, tells how far it is, and answers its result. */
async function run(
  path: string,
  body: object,
  { client }: Output,
): Promise<{ readonly [name: string]: unknown }> {
  let operation = await client.call<Operation>('POST', path, { body })
  let told: number | undefined
  while (operation.settled_at === null) {
    operation = await client.call<Operation>('GET', `/operations/${encodeURIComponent(operation.id)}`, {
      headers: { prefer: 'wait=5' },
    })
    const done = operation.progress?.done
    if (operation.settled_at === null && done !== told) note(`${done ?? 0} so far …`)
    told = done
  }
  if (operation.result !== null) return operation.result
  const { title = operation.state, detail } = operation.problem ?? {}
  throw new CliFailure(
    `${operation.id} ${operation.state}: ${title}${detail === undefined ? '' : `. ${detail}`}`,
  )
}
