export { ForeignAwait, StoreBusy, StoreClosed, StoreFull, UnitOver } from './errors.ts'
export type {
  Column,
  ColumnType,
  Dialect,
  OpenStore,
  Reader,
  Row,
  Store,
  Trigger,
  Tx,
  Value,
  Watch,
} from './port.ts'
export { migrate } from './schema.ts'
