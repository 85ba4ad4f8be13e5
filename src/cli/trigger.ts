import { readFileSync } from 'node:fs'
import type { Output } from './deliveries.ts'
import { Misuse } from './failure.ts'
import { print, printJson } from './terminal.ts'

/** Makes an event of test data happen. */
export async function trigger(
  type: string,
  given: { readonly data: string | undefined; readonly before: string | undefined },
  { client, json }: Output,
): Promise<void> {
  const body = {
    ...(given.data !== undefined && { data: jsonOf('--data', given.data) }),
    ...(given.before !== undefined && { before: jsonOf('--before', given.before) }),
  }
  const path = `/event-types/${encodeURIComponent(type)}/trigger`
  const made = await client.call<{ readonly id: string }>('POST', path, {
    body,
    headers: { 'api-mode': 'test' },
  })
  if (json) printJson(made)
  else print(`${type} happened in test data: ${made.id}`)
}

/** `@file` is read, and `@-` is standard input. */
function jsonOf(option: string, given: string): unknown {
  const file = given.startsWith('@') ? given.slice(1) : undefined
  try {
    return JSON.parse(file === undefined ? given : readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    throw new Misuse(`${option}: ${what}. Give JSON, or @file`, { cause: error })
  }
}
