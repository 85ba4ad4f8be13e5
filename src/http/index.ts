export { allowValue } from './allow.ts'
export { type Credentials, parseAuthorization } from './authorization.ts'
export { CODINGS, type Coding, type CodingChoice, chooseCoding } from './content-coding.ts'
export { type CorsPolicy, corsFault, corsFields, preflightFields } from './cors.ts'
export { type CursorKeys, decodeCursor, encodeCursor } from './cursor.ts'
export { digestValue, type ExpectedDigest, expectedDigests } from './digest-fields.ts'
export { attachmentValue, cleanFilename, parsePartDisposition } from './disposition.ts'
export { codedTag, digestTag, etagOf, namesEtags, tagger } from './entity-tag.ts'
export { beginStream, HEARTBEAT, messageText, type StreamMessage } from './event-stream.ts'
export {
  CSV_TYPE,
  EVENT_STREAM_TYPE,
  FORM_TYPE,
  JSON_PATCH_TYPE,
  JSON_TYPE,
  MERGE_PATCH_TYPE,
  MULTIPART_TYPE,
  NDJSON_TYPE,
  XML_TYPES,
} from './formats.ts'
export { httpDate } from './http-date.ts'
export {
  type FingerprintParts,
  fingerprint,
  type ParsedIdempotencyKey,
  parseIdempotencyKey,
} from './idempotency.ts'
export { applyJsonPatch, isEqual, jsonPatchSchema } from './json-patch.ts'
export { type Link, linkValue, type PageCursors, pageLinks } from './link.ts'
export { charsetOf, type MediaType, parseMediaType } from './media-type.ts'
export { mergePatch } from './merge-patch.ts'
export { negotiate, negotiator, type Offer } from './negotiate.ts'
export { parsePointer, pointerOf } from './pointer.ts'
export { type Conditions, evaluate, type Validators } from './preconditions.ts'
export { parsePrefer } from './prefer.ts'
export {
  declaredProblem,
  type FieldError,
  itemProblemSchema,
  PROBLEM_JSON,
  PROBLEM_XML,
  type Problem,
  type ProblemBody,
  type ProblemMembers,
  type ProblemOptions,
  problem,
  problemBody,
  problemMembers,
  problemSchema,
} from './problem.ts'
export { type ProblemCode, type ProblemEntry, type ProblemTable, problems } from './problem-table.ts'
export { type ByteRange, meetsIfRange, rangeOf } from './range.ts'
export { gcra, type Rate, rateLimitFields, retryAfter, type Standing, windowOf } from './rate-limit.ts'
export { isRefusedName } from './refused-names.ts'
export { type Suffixed, splitSuffix } from './suffix.ts'
export { decodeSegment, splitTarget, type Target } from './target.ts'
