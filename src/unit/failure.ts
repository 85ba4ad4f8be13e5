/** A handler's `fail(…)` on its way out: what it did is undone, and the problem is answered. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: string
  readonly detail: string | undefined

  constructor(code: string, detail?: string) {
    super(detail ?? code)
    this.code = code
    this.detail = detail
  }
}

export function fail(code: string, detail?: string): never {
  throw new Failure(code, detail)
}
