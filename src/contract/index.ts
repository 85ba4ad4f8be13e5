export { type Api, type ApiOptions, api } from './api.ts'
export { type Bulk, type BulkAnswer, bulkAnswerOf, bulkOf, inRow } from './bulk.ts'
export { type Caller, missingScope } from './caller.ts'
export { alternatives, comparingOf, isNull } from './comparing.ts'
export { DefinitionError } from './definition-error.ts'
export { inputOf, keptTimes, pageOf, serverMade } from './derived.ts'
export { type Duration, durationMs } from './duration.ts'
export {
  type AnyEndpoint,
  type Call,
  type Endpoint,
  type EndpointOptions,
  endpoint,
  type Handle,
  type HandlerOf,
  isSafe,
  type Method,
  type Prepare,
} from './endpoint.ts'
export { type EventType, event } from './event.ts'
export {
  type FileContent,
  type FileContentOptions,
  type FileField,
  type FileFields,
  fileContent,
  includesType,
  type RouteFile,
  type StoredFile,
  type Uploaded,
} from './file.ts'

export { JsonPatch } from './json-patch.ts'
export { type Known, refuseUnknown } from './known-options.ts'
export { type Limit, type Quota, type Rate, rateOf } from './limit.ts'

export { pageQuery } from './listing.ts'

export { type Mode, modeOf, testAccount } from './mode.ts'
export { type OperationOptions, operation, type Progress, type Run, type Step } from './operation.ts'
export type { OperationType, TaskType, WorkType } from './operation-type.ts'
export { type Params, type PathSegment, pathKey } from './path.ts'
export type { Fail, Problems } from './problems.ts'
export {
  anyOne,
  type ChangeEvents,
  type NewRow,
  type Relation,
  type Resource,
  type ResourceMethod,
  type ResourceOptions,
  resource,
  standInId,
} from './resource.ts'
export type { RetryRule } from './retry.ts'
export {
  expansionsOf,
  type Route,
  type RouteInput,
  type RouteOutput,
  refuseCollisions,
  routesOf,
  selectedOutput,
} from './routes.ts'
export { type Schedule, schedule } from './schedule.ts'
export { type In, type Out, type Schema, wireOf } from './schema.ts'
export { type Expansions, expandableOf, expansionsIn, relationText } from './selection.ts'
export * from './shape.ts'
export { pascal } from './standard.ts'
export { task } from './task.ts'
export type {
  Condition,
  Expanding,
  ListQuery,
  Page,
  Reading,
  ReadRows,
  Rows,
  SelectedRows,
  Selection,
  Sort,
  Sql,
  SqlValue,
  Unit,
  Where,
} from './unit.ts'
export { Valid } from './valid.ts'
export { InvalidValue, type Issue, MOST_ISSUES, type Validated, validate, validateInput } from './validate.ts'
export type { WebhookRules } from './webhook-rules.ts'
