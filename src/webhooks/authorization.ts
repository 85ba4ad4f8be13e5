import * as z from 'zod'
import type { Issue } from '../contract/index.ts'
import { checkUrl, type Egress } from './egress.ts'

// How a webhook says who it is to its receiver. Each way has one secret, which is written and never shown again.

const WAYS = ['basic', 'bearer', 'oauth2'] as const
export type Way = (typeof WAYS)[number]

const shown = {
  type: z.enum(WAYS).describe('`oauth2` is the client credentials grant (RFC 6749 §4.4)'),
  username: z.string().max(255).optional().describe('Of `basic`'),
  token_url: z
    .string()
    .max(2048)
    .optional()
    .describe('Of `oauth2`: where tokens are fetched; https')
    .meta({ format: 'uri' }),
  client_id: z.string().max(255).optional().describe('Of `oauth2`'),
  client_authentication: z
    .enum(['basic', 'body'])
    .optional()
    .describe(
      'Of `oauth2`: how the client says who it is, by a header field or in the body. Default: `basic`',
    ),
  scope: z.string().max(1_000).optional().describe('Of `oauth2`: the scopes to ask for, with spaces between'),
  audience: z
    .string()
    .max(2048)
    .optional()
    .describe('Of `oauth2`: whom the token is for, where the server asks'),
}

/** As it is shown: without its secret. */
export const Authorization = z.object(shown).describe('How the webhook says who it is to its receiver')

/** As it is given. */
export const NewAuthorization = z.object({
  ...shown,
  password: z.string().max(1_000).optional().describe('Of `basic`. Never shown again'),
  token: z.string().max(4_096).optional().describe('Of `bearer`. Never shown again'),
  client_secret: z.string().max(1_000).optional().describe('Of `oauth2`. Never shown again'),
})

export type ShownAuthorization = z.output<typeof Authorization>
export type GivenAuthorization = z.output<typeof NewAuthorization>

type Member = keyof GivenAuthorization

/** The member that holds the secret of each way. */
export const SECRET_OF = { basic: 'password', bearer: 'token', oauth2: 'client_secret' } as const satisfies {
  readonly [W in Way]: Member
}

/** What each way has besides its secret: what must be there, and what may. */
const MEMBERS: {
  readonly [W in Way]: { readonly needs: readonly Member[]; readonly may: readonly Member[] }
} = {
  basic: { needs: ['username'], may: [] },
  bearer: { needs: [], may: [] },
  oauth2: { needs: ['token_url', 'client_id'], may: ['client_authentication', 'scope', 'audience'] },
}

/** b64token (RFC 6750 §2.1). */
export const B64_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/
/** Without control characters (RFC 7617 §2). */
const PLAIN_TEXT = /^\P{Cc}*$/u
const VISIBLE = /^[ -~]*$/

/** What is wrong with an authorization that is given whole, its missing secret aside. No message repeats a secret. */
export function authorizationIssues(given: GivenAuthorization, egress: Egress): Issue[] {
  const issues: Issue[] = []
  const add = (member: Member, message: string) => issues.push({ path: ['authorization', member], message })
  const { needs, may } = MEMBERS[given.type]
  const has = new Set<string>(['type', SECRET_OF[given.type], ...needs, ...may])
  for (const member of Object.keys(NewAuthorization.shape) as Member[]) {
    if (given[member] !== undefined && !has.has(member)) add(member, `'${given.type}' has no ${member}.`)
  }
  for (const member of needs)
    if (given[member] === undefined) add(member, `'${given.type}' needs a ${member}.`)
  const { username = '', password = '', token, token_url, client_id = '', client_secret = '' } = given
  if (username.includes(':')) add('username', 'A user name has no colon (RFC 7617).')
  if (!PLAIN_TEXT.test(username)) add('username', 'A user name has no control characters.')
  if (!PLAIN_TEXT.test(password)) add('password', 'A password has no control characters.')
  if (token !== undefined && !B64_TOKEN.test(token))
    add('token', 'A token has letters, digits and -._~+/ only, without the word Bearer.')
  if (!VISIBLE.test(client_id)) add('client_id', 'It may have visible ASCII only.')
  if (!VISIBLE.test(client_secret)) add('client_secret', 'It may have visible ASCII only.')
  const wrong = token_url === undefined ? undefined : tokenUrlFault(token_url, egress)
  if (wrong !== undefined) add('token_url', wrong)
  return issues
}

/** RFC 6749 §3.2: the token endpoint is called by TLS, since a secret is sent to it. On this machine it need not be. */
function tokenUrlFault(url: string, egress: Egress): string | undefined {
  const wrong = checkUrl(url, egress)
  if (wrong !== undefined) return wrong
  const { protocol, hostname, hash } = new URL(url)
  if (hash !== '') return 'A token endpoint has no fragment (RFC 6749 §3.2).'
  if (protocol === 'https:' || LOCAL.has(hostname)) return undefined
  return 'The URL does not begin with https://: a secret is sent to it.'
}

const LOCAL: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** What the Authorization field of Basic says (RFC 7617 §2), in UTF-8. */
export const basicText = (user: string, password: string): string =>
  Buffer.from(`${user}:${password}`, 'utf8').toString('base64')
