import { type EventType, type Sql, wireOf } from '../contract/index.ts'
import type { Carries } from '../openapi/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import { exampleOf } from './example.ts'
import { recentEvents } from './recent.ts'

/**
 * The account's latest event of a type; where there is none, what one would carry, made up from the schema. Undefined where no
 * value was found that fits it.
 */
export async function sampleOf(
  sql: Pick<Sql, 'get' | 'all'>,
  account: string,
  type: EventType,
  carries: Carries,
): Promise<StoredEvent | undefined> {
  const [latest] = await recentEvents(sql, account, [type.name], 1)
  return latest ?? madeUp(type, carries)
}

function madeUp(type: EventType, carries: Carries): StoredEvent | undefined {
  const place = `event '${type.name}'`
  const example = exampleOf(wireOf(type.schema, 'output', place), place)
  if (example === undefined) return undefined
  const json = JSON.stringify(example)
  return {
    id: 'evt_01m8391dvc2v0vycg6ryjw4xfd',
    account: null,
    type: type.name,
    at: '2026-11-23T08:00:00.000Z',
    data: carries.includes('data') ? json : null,
    before: carries.includes('before') ? json : null,
  }
}
