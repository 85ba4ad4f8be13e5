import type { UnixMs } from '../base/index.ts'
import type { ByteRange } from '../http/index.ts'

/**
 * Where the bytes of files lie, behind one port. `conformance.ts` states what every sink must hold.
 *
 * A sink knows ids and bytes: whose they are, and what they are called, is in the store. An id is `fil_` with 26 lower-case
 * letters and digits; it is written once, and its bytes never change.
 */
export interface Sink {
  /**
   * Takes all of the bytes, at the speed at which it can. Once this resolves they are there in full, and a power cut does not
   * lose them. Where it rejects, with what `bytes` throws or a reason of its own, nothing is left of them.
   *
   * @throws SinkFull
   */
  write(id: string, bytes: AsyncIterable<Uint8Array>): Promise<void>
  /**
   * The bytes of a range, in pieces, read as they are asked for. Who stops asking leaves nothing open.
   *
   * @throws Error where there is no such id, or less of it than the range.
   */
  read(id: string, range: ByteRange): AsyncIterable<Uint8Array>
  /** Nothing is left of this id, whether there was anything or not. */
  remove(id: string): Promise<void>
  /** The ids that nobody has written to since then, in any order; those included whose writer died. */
  list(before: UnixMs): AsyncIterable<string>
}

/** Opens a sink. It throws where that cannot be used, with a message that names it and the mend. */
export type OpenSink = () => Promise<Sink>

/** The sink cannot take more. Nothing was kept of what was written; what is there can still be read. */
export class SinkFull extends Error {
  override readonly name = 'SinkFull'
  constructor(cause: unknown) {
    super('the sink cannot be written: the disk is full or failing', { cause })
  }
}
