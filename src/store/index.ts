export {
  ConstraintViolated,
  ForeignAwait,
  isPassing,
  StoreBusy,
  StoreClosed,
  StoreFull,
  UnfitConnection,
  UnitOver,
  UnstorableText,
} from './errors.ts'
export { createInsert, type Insert } from './insert.ts'
export { createMemory, type Memory } from './memory.ts'
export type {
  AsyncConnection,
  AsyncTx,
  Column,
  ColumnType,
  Dialect,
  Native,
  News,
  Numbers,
  OpenReader,
  OpenStore,
  OwnConnection,
  OwnTx,
  Reader,
  Row,
  Store,
  StoreFigures,
  SyncConnection,
  SyncTx,
  Trigger,
  Tx,
  UnitKind,
  Value,
  Watch,
} from './port.ts'
export { migrate } from './schema.ts'
export { quoted } from './sql-text.ts'
export { createSweep, type TakePast } from './sweep.ts'
export { oldRows, type PastTime, takeAway } from './take-away.ts'
export { createWalk, type Slice, type TakeSlice } from './walk.ts'
