/** Ends the program with a message for whoever called it, and with the exit code 1. */
export class CliFailure extends Error {
  override readonly name: string = 'CliFailure'
  readonly code: number = 1
}

/** It was called in a way that means nothing: the exit code is 2. */
export class Misuse extends CliFailure {
  override readonly name = 'Misuse'
  override readonly code = 2
}

/** There was no answer. There may be one later. */
export class Unreachable extends CliFailure {
  override readonly name = 'Unreachable'
}
