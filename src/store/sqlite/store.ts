import { closeSync, fstatSync, statSync } from 'node:fs'
import { type Clock, createHistogram, type Random, systemClock, systemRandom } from '../../base/index.ts'
import type { Store, StoreFigures } from '../port.ts'
import { createCheckpointer } from './checkpointer.ts'
import { readColumns } from './columns.ts'
import { dialect } from './dialect.ts'
import { createFlusher, type Sync } from './flusher.ts'
import { open } from './open.ts'
import { ownTx } from './own.ts'
import { createReader } from './reader.ts'
import { createSnapshots } from './snapshots.ts'
import { createUnits } from './units.ts'

export interface SqliteOptions {
  readonly clock?: Clock
  readonly random?: Random
  /**
   * How long a unit waits while another connection holds the write lock, then `StoreBusy`. Default: 5,000.
   */
  readonly patienceMs?: number
  /**
   * Above this length of the write-ahead log, writing pauses until the log has been copied into the database.
   * The log can grow somewhat longer, by what is written during one copy. Default: 64 MiB.
   */
  readonly walBytes?: number
}

/**
 * @param file an absolute path.
 * @param sync for a disk that is as slow as a test would have it.
 */
export async function openStore(file: string, options: SqliteOptions, sync?: Sync): Promise<Store> {
  const { clock = systemClock, random = systemRandom, patienceMs = 5_000, walBytes = 64 * 2 ** 20 } = options
  const { writer, reader, walFd, pageBytes } = await open(file, walBytes, { clock, random, patienceMs })
  const figures: StoreFigures = {
    commitUnits: createHistogram([1, 2, 4, 8, 16, 32, 64, 128]),
    flushSeconds: createHistogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]),
    size: () => statSync(file).size + fstatSync(walFd).size,
  }
  const flusher = createFlusher(walFd, clock, figures.flushSeconds, sync)
  let closing: Promise<void> | undefined

  const checkpointer = createCheckpointer({
    file,
    maxBytes: walBytes,
    pageBytes,
    logBytes: () => fstatSync(walFd).size,
    onRelease: () => units.resume(),
    // The default of SQLite: copying by the writer, which then stops the event loop now and then.
    onDeath: () => writer.control('pragma wal_autocheckpoint = 1000'),
  })
  const units = createUnits({
    connection: writer,
    flusher,
    clock,
    random,
    patienceMs,
    mayWrite: () => checkpointer.mayWrite,
    onCommit(units) {
      figures.commitUnits.record(units)
      checkpointer.committed()
    },
  })
  const snapshots = createSnapshots({ connection: reader, writer, flusher, clock, random, patienceMs })
  const read = createReader(reader, snapshots, true)

  async function close(): Promise<void> {
    await Promise.all([units.close(), snapshots.close()])
    // Reads may have asked for a flush of their own.
    while (flusher.pending !== undefined) await flusher.pending
    await checkpointer.close()
    reader.close()
    closeSync(walFd)
    writer.close()
  }
  return {
    dialect,
    read,
    peek: createReader(reader, snapshots, false),
    unit: work => units.run(work),
    own: connection => ownTx(connection, file),
    news: undefined,
    figures,
    columns: table => readColumns(read, table),
    close: () => (closing ??= close()),
  }
}
