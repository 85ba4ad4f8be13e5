import {
  type In,
  type OperationOptions,
  type OperationType,
  operation,
  type Problems,
  type Schema,
} from '../contract/index.ts'
import { operations } from './operations.ts'

/**
 * An operation of Signalbox's own: started by an endpoint of its own, and settled without an event, since nobody declared one.
 * Its name is not to be one of the producer's.
 */
export function ownOperation<
  const N extends string,
  I extends Schema,
  O extends Schema,
  const Pr extends Problems,
  M extends Schema,
>(name: N, options: Omit<OperationOptions<I, O, never, Pr, M>, 'path'>): OperationType<N, In<I>> {
  const { path } = operations
  return { ...operation(name, { ...options, path }), silent: true }
}
