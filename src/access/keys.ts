import * as z from 'zod'
import type { NewId, Random } from '../base/index.ts'
import { type AnyEndpoint, endpoint, resource } from '../contract/index.ts'
import { issueKey } from './accounts.ts'

const Key = z
  .object({
    id: z.string(),
    name: z.string().min(1).max(100).describe('What it is for'),
    hint: z.string().describe('Its beginning and its end, to tell it from others'),
    created_at: z.iso.datetime(),
    revoked_at: z.iso.datetime().nullable(),
  })
  .describe('A credential of the account')

const IssuedKey = Key.extend({ key: z.string().describe('The key itself. Shown once, stored nowhere') })

export const keys = resource('key', {
  path: '/keys',
  schema: Key,
  owner: 'account_id',
  table: 'signalbox_keys',
  methods: ['list', 'get'],
  events: false,
  description: 'The credentials of the account.',
})

const REVOKE = `update signalbox_keys set revoked_at = coalesce(revoked_at, $3) where id = $1 and account_id = $2`

export function keyEndpoints(made: {
  readonly newId: NewId
  readonly random: Random
  readonly prefix: string
}): { readonly [name: string]: AnyEndpoint } {
  const createKey = endpoint({
    method: 'POST',
    path: '/keys',
    input: Key.pick({ name: true }),
    output: IssuedKey,
    status: 201,
    location: key => `/keys/${key.id}`,
    summary: 'Create a key',
    description: 'The answer has the key itself. It is shown this once.',
    names: { input: 'NewKey', output: 'IssuedKey', element: 'key' },
    shownOnce: true,
    handle: ({ sql, input, account, now }) => issueKey(sql, made, { account, name: input.name, now }),
  })

  const revokeKey = endpoint({
    method: 'DELETE',
    path: '/keys/{id}',
    problems: { 'not-found': 404 },
    summary: 'Revoke a key',
    description: 'It is refused from the next request on. It stays in the list, with the time.',
    handle: async ({ sql, params, account, now, fail }) => {
      if ((await sql.run(REVOKE, params.id, account, now.toISOString())) === 0) fail('not-found')
    },
  })

  return { createKey, revokeKey }
}
