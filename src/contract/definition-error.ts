/**
 * A definition that cannot work, found when it is built, before anything runs.
 * The message reads `place: what is wrong. How to mend it.`
 */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError'
  readonly place: string

  constructor(place: string, wrong: string, mend: string, options?: ErrorOptions) {
    super(`${place}: ${wrong}. ${/[.?!]$/.test(mend) ? mend : `${mend}.`}`, options)
    this.place = place
  }
}
