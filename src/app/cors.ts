import { type CorsPolicy, corsFields, preflightFields } from '../http/index.ts'
import { type Answer, headerOf, type Request } from './exchange.ts'

/** What pages of other origins may do with an answer. Without a policy: nothing, since browsers then keep it from them. */
export function acrossOrigins(policy: CorsPolicy | undefined, request: Request, made: Answer): Answer {
  if (policy === undefined) return made
  const fields = corsFields(policy, request.header('origin'))
  const isAllowed = fields.some(([name]) => name === 'access-control-allow-origin')
  const isPreflight =
    request.method === 'OPTIONS' && request.header('access-control-request-method') !== undefined
  const allow = headerOf(made, 'allow')
  const told = isPreflight && isAllowed && allow !== undefined ? preflightFields(policy, allow) : []
  return { ...made, headers: [...made.headers, ...fields, ...told] }
}
