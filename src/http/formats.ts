/** JSON (RFC 8259 §11). */
export const JSON_TYPE = 'application/json'
/** A change as a merge patch (RFC 7396 §4). */
export const MERGE_PATCH_TYPE = 'application/merge-patch+json'
/** The same format under two names (RFC 7303 §9.1, §9.2): some programs send the one, some the other. */
export const XML_TYPES = ['application/xml', 'text/xml'] as const
/** A change as a list of operations (RFC 6902 §6). */
export const JSON_PATCH_TYPE = 'application/json-patch+json'
export const FORM_TYPE = 'application/x-www-form-urlencoded'
/** RFC 4180 §3. */
export const CSV_TYPE = 'text/csv'
export const NDJSON_TYPE = 'application/x-ndjson'
/** Server-sent events (WHATWG HTML §9.2). */
export const EVENT_STREAM_TYPE = 'text/event-stream'
/** What files are sent in, beside fields (RFC 7578). */
export const MULTIPART_TYPE = 'multipart/form-data'
