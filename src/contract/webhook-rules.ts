import { DefinitionError } from './definition-error.ts'

/** What accounts may have of webhooks. */
export interface WebhookRules {
  /** How many webhooks an account may have; one more is a 409 `too-many-webhooks`. Default: 100. */
  readonly max?: number
  /** How many header fields of its own a webhook may have. Default: 20. */
  readonly headers?: number
  /**
   * Whether a new or changed URL has to answer a signed challenge before anything is delivered to it. Webhooks from before stay
   * as they are. Default: false; a URL then hears nothing but events.
   */
  readonly challenge?: boolean
}

const DEFAULTS: Required<WebhookRules> = { max: 100, headers: 20, challenge: false }
const MOST = { max: 100_000, headers: 100 }

/** @throws DefinitionError where a number is none to count by. */
export function webhookRulesOf(given: WebhookRules, place: string): Required<WebhookRules> {
  const rules = { ...DEFAULTS, ...given }
  for (const name of ['max', 'headers'] as const) {
    const least = name === 'max' ? 1 : 0
    if (Number.isSafeInteger(rules[name]) && rules[name] >= least && rules[name] <= MOST[name]) continue
    throw new DefinitionError(
      place,
      `webhooks: ${name} is ${rules[name]}`,
      `Give a whole number from ${least} to ${MOST[name]}`,
    )
  }
  return rules
}
