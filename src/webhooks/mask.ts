// A receiver may answer what it was sent, and the log of attempts keeps answers: what is secret is cut out of them.

/** Stands where a secret would. */
export const MASK = '***'

/** Shorter ones would take parts of words out of the text. */
const SHORTEST = 4

/** What replaces secrets in a text, as they are and as they stand within JSON. */
export function masking(secrets: readonly string[]): (text: string) => string {
  const found = new Set(
    secrets
      .filter(secret => secret.length >= SHORTEST)
      .flatMap(secret => [secret, JSON.stringify(secret).slice(1, -1)]),
  )
  // The longest first: a shorter one may be a part of it.
  const texts = [...found].toSorted((a, b) => b.length - a.length)
  return text => texts.reduce((rest, each) => rest.replaceAll(each, MASK), text)
}
