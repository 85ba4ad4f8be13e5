/**
 * A JSON Patch (RFC 6902) on its way from where it was read to the row that it changes: only beside that row can it be
 * judged. Handlers of the producer's never see one.
 */
export class JsonPatch {
  readonly operations: unknown

  constructor(operations: unknown) {
    this.operations = operations
  }
}
