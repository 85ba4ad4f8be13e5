import * as z from 'zod'
import type { NewId, Random } from '../base/index.ts'
import {
  type AnyEndpoint,
  type Caller,
  endpoint,
  InvalidValue,
  type Issue,
  missingScope,
  resource,
} from '../contract/index.ts'
import { issueKey, type KeyTerms } from './accounts.ts'
import { isNetwork } from './address.ts'
import { writeAudit } from './audit.ts'

const Key = z
  .object({
    id: z.string(),
    mode: z.enum(['live', 'test']).describe('Whether it is for live data or for test data'),
    name: z.string().min(1).max(100).describe('What it is for'),
    hint: z.string().describe('Its beginning and its end, to tell it from others'),
    scopes: z
      .array(z.string())
      .min(1)
      .max(100)
      .nullable()
      .describe('What it may do: `articles:read`. Null: all that its account can'),
    expires_at: z.iso.datetime().nullable().describe('From then on it is refused. Null: it does not expire'),
    addresses: z
      .array(z.string())
      .min(1)
      .max(100)
      .nullable()
      .describe('Addresses and networks that it may be used from: `192.0.2.0/24`. Null: from everywhere'),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable().describe('To about a minute. Null: never'),
    revoked_at: z.iso.datetime().nullable(),
  })
  .describe('A credential of the account')

const { name, scopes, expires_at, addresses } = Key.shape
const NewKey = z.object({
  name,
  scopes: scopes.optional().describe('Default: what the caller may do'),
  expires_at: expires_at.default(null),
  addresses: addresses.default(null),
})

const MAX_OVERLAP = 7 * 24 * 60 * 60

const Roll = z.object({
  overlap: z
    .int()
    .min(0)
    .max(MAX_OVERLAP)
    .default(0)
    .describe('For how many seconds the old key is still taken. 7 days at most'),
  expires_at: expires_at.optional().describe('Of the new key. Default: as the old one'),
})

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
const EXPIRE = `update signalbox_keys set expires_at = $3 where id = $1 and account_id = $2`

/** How keys of an api are made. */
export interface KeyMaking {
  readonly newId: NewId
  readonly random: Random
  readonly prefix: string
  /** Every scope that a route of the api needs. */
  readonly scopes: () => ReadonlySet<string>
}

export function keyEndpoints(made: KeyMaking): { readonly [name: string]: AnyEndpoint } {
  const createKey = endpoint({
    method: 'POST',
    path: '/keys',
    input: NewKey,
    output: IssuedKey,
    status: 201,
    location: key => `/keys/${key.id}`,
    problems: { 'scope-missing': 403 },
    summary: 'Create a key',
    description:
      'The answer has the key itself. It is shown this once. No key makes one that may do more than it may.',
    names: { input: 'NewKey', output: 'IssuedKey', element: 'key' },
    shownOnce: true,
    storesInput: true,
    audit: 'key.created',
    handle: ({ sql, input, account, caller, now, fail }) => {
      const terms = { ...input, scopes: input.scopes === undefined ? caller.scopes : input.scopes }
      checkTerms(terms, made.scopes(), now)
      if (exceeds(caller, terms)) fail('scope-missing', BEYOND)
      return issueKey(sql, made, { account, name: input.name, now, terms })
    },
  })

  const rollKey = endpoint({
    method: 'POST',
    path: '/keys/{id}/roll',
    input: Roll,
    output: IssuedKey,
    status: 201,
    location: key => `/keys/${key.id}`,
    problems: { 'not-found': 404, 'scope-missing': 403, 'key-inactive': 409 },
    summary: 'Replace a key',
    description:
      'Makes a key like it, which the answer shows this once. The old one expires after the overlap.',
    names: { input: 'KeyRoll', output: 'IssuedKey' },
    shownOnce: true,
    storesInput: true,
    audit: 'key.rolled',
    handle: async ({ on, sql, params, input, account, caller, now, fail }) => {
      const old = (await on(keys).get(params.id)) ?? fail('not-found')
      if (old.revoked_at !== null || (old.expires_at !== null && old.expires_at <= now.toISOString()))
        fail('key-inactive', 'It is revoked, or past its time. Make another.')
      if (exceeds(caller, old)) fail('scope-missing', BEYOND)
      const terms = { ...old, expires_at: input.expires_at === undefined ? old.expires_at : input.expires_at }
      checkTerms({ ...terms, scopes: null }, made.scopes(), now)
      const end = new Date(now.getTime() + input.overlap * 1000).toISOString()
      await sql.run(
        EXPIRE,
        old.id,
        account,
        old.expires_at !== null && old.expires_at < end ? old.expires_at : end,
      )
      const issued = await issueKey(sql, made, { account, name: old.name, now, terms })
      await writeAudit(sql, made.newId, { account, action: 'key.created', subject: issued.id, caller, now })
      return issued
    },
  })

  const revokeKey = endpoint({
    method: 'DELETE',
    path: '/keys/{id}',
    problems: { 'not-found': 404 },
    summary: 'Revoke a key',
    description: 'It is refused from the next request on. It stays in the list, with the time.',
    audit: 'key.revoked',
    handle: async ({ sql, params, account, now, fail }) => {
      if ((await sql.run(REVOKE, params.id, account, now.toISOString())) === 0) fail('not-found')
    },
  })

  return { createKey, rollKey, revokeKey }
}

/** Whether a key on these terms could do more than the caller may: whoever makes it could use it. */
const exceeds = (caller: Caller, { scopes }: Pick<KeyTerms, 'scopes'>): boolean =>
  scopes === null ? caller.scopes !== null : missingScope(caller, scopes) !== undefined

const BEYOND = 'The key would be allowed what yours is not.'

/** @throws InvalidValue where a key could not be used on these terms. */
export function checkTerms(
  { scopes, expires_at, addresses }: KeyTerms,
  known: ReadonlySet<string>,
  now: Date,
): void {
  const issues: Issue[] = []
  for (const [i, scope] of (scopes ?? []).entries()) {
    if (!known.has(scope)) {
      issues.push({
        path: ['scopes', i],
        message: `There is no such scope. There are ${[...known].join(', ')}`,
      })
    }
  }
  for (const [i, network] of (addresses ?? []).entries()) {
    if (!isNetwork(network)) {
      issues.push({
        path: ['addresses', i],
        message: 'Expected an address, or a network such as 192.0.2.0/24',
      })
    }
  }
  if (expires_at !== null && !(Date.parse(expires_at) > now.getTime())) {
    issues.push({ path: ['expires_at'], message: 'Expected a time to come' })
  }
  if (issues.length > 0) throw new InvalidValue('key', issues)
}
