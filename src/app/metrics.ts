import { timingSafeEqual } from 'node:crypto'
import { isNetwork, isWithin } from '../access/index.ts'
import { sha256 } from '../base/index.ts'
import { negotiate, parseAuthorization } from '../http/index.ts'
import { EXPOSITION_TYPES, type Meter, writeExposition } from '../telemetry/index.ts'
import { NO_STORE, NOSNIFF } from './answers.ts'
import type { Answer, Request } from './exchange.ts'
import { refuse } from './refusal.ts'

/** Who may read `/metrics`. What is given must hold, all of it. */
export interface MetricsAccess {
  /** Must come as `Authorization: Bearer`. 16 characters at least. */
  readonly key?: string
  /** Where requests must come from: addresses and networks, `['127.0.0.1', '10.0.0.0/8']`. */
  readonly addresses?: readonly string[]
}

export interface MetricsOptions {
  readonly meter: Meter
  /** Undefined: nobody may. */
  readonly access: MetricsAccess | undefined
  readonly addressOf: (request: Request) => string | undefined
}

/** @throws Error that names the mend, where the access would be open or cannot be meant. */
export function checkMetricsAccess({ key, addresses }: MetricsAccess): void {
  if (key === undefined && addresses === undefined) {
    throw new Error('metrics would be open to everybody: give it a key, or addresses')
  }
  if (key !== undefined && !/^[\w.~+/-]{16,}=*$/.test(key)) {
    throw new Error('the key of metrics is not 16 or more letters and digits: make one at random')
  }
  const wrong = addresses?.find(each => !isNetwork(each))
  if (wrong !== undefined)
    throw new Error(`metrics: '${wrong}' is neither an address nor a network in CIDR form`)
}

/** The page at `/metrics`. To whom it is closed it is not there. */
export async function metricsAnswer(request: Request, options: MetricsOptions): Promise<Answer> {
  if (!mayRead(request, options)) return refuse('no-such-path')
  // Whoever names OpenMetrics gets it; `*/*` is answered as every reader of metrics understands it.
  const format = negotiate(request.header('accept'), OFFERS)?.format ?? 'prometheus'
  return {
    status: 200,
    headers: [['content-type', EXPOSITION_TYPES[format]], NOSNIFF, NO_STORE],
    body: writeExposition(await options.meter.collect(), format),
  }
}

const OFFERS = [
  { mediaType: 'text/plain', parameters: { version: '0.0.4' }, format: 'prometheus' },
  { mediaType: 'application/openmetrics-text', parameters: { version: '1.0.0' }, format: 'openmetrics' },
] as const

function mayRead(request: Request, { access, addressOf }: MetricsOptions): boolean {
  if (access === undefined) return false
  const { key, addresses } = access
  if (addresses !== undefined && !isWithin(addressOf(request), addresses)) return false
  if (key === undefined) return true
  const given = parseAuthorization(request.header('authorization'))
  if (given?.scheme !== 'bearer') return false
  // Digests have one length, and tell nothing of how far a guess was right.
  return timingSafeEqual(Buffer.from(sha256(given.token)), Buffer.from(sha256(key)))
}
