import { createSweep, type TakePast } from '../store/index.ts'

/**
 * Takes away operations, and tasks that failed, which were settled by a time (RFC 3339): few enough not to hold up the units of
 * requests, whatever their results weigh.
 */
export const createOperationSweep = (): TakePast =>
  createSweep({
    table: 'signalbox_operations',
    key: 'settled_at',
    first: '',
    past: 'settled_at <= $2',
    most: 100,
  })
