/**
 * A value that its schema's library has accepted, on its way from where it was read to where it is stored: accepting it
 * again could apply a transform twice. Handlers never see one.
 */
export class Valid<T> {
  readonly value: T

  constructor(value: T) {
    this.value = value
  }
}
