export interface ProblemEntry {
  readonly status: number
  /** The same for every occurrence (RFC 9457 §3.1.3). */
  readonly title: string
  /** For the page that lists the problems: what happened. */
  readonly meaning: string
  /** For the same page: what the caller does about it. */
  readonly mend: string
  /** Fields that every answer with this problem carries. */
  readonly headers?: { readonly [name: string]: string }
}

export type ProblemTable = { readonly [code: string]: ProblemEntry }

/** The house's own problems. Status, OpenAPI and the page at /docs/problems come from here. Codes are never renamed. */
export const problems = {
  'bad-request': {
    status: 400,
    title: 'Bad request',
    meaning: 'The request breaks the rules of HTTP, or its path cannot be decoded.',
    mend: 'Send it with an HTTP client that builds URLs and headers for you.',
  },
  'malformed-body': {
    status: 400,
    title: 'Malformed body',
    meaning: 'The body is not well-formed in the format that its Content-Type names.',
    mend: 'Check the body with a parser of that format. The detail says where reading stopped.',
  },
  'digest-mismatch': {
    status: 400,
    title: 'Digest mismatch',
    meaning: 'The body is not the one that Content-Digest, Repr-Digest or Content-MD5 tells of.',
    mend: 'Send it again: it was changed on its way, or hashed before it was complete.',
  },
  'invalid-query': {
    status: 400,
    title: 'Invalid query',
    meaning: 'A query parameter is unknown, doubled, or has a value that it cannot have.',
    mend: 'Compare the parameters that the errors name with the reference of the endpoint.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'Invalid cursor',
    meaning: 'The cursor does not come from this list.',
    mend: 'Pass the next cursor of a page unchanged, with the same filters, or start without one.',
  },
  'invalid-idempotency-key': {
    status: 400,
    title: 'Invalid idempotency key',
    meaning: 'The Idempotency-Key header is malformed, too long, or there are two of them.',
    mend: 'Send one key of 1 to 255 visible ASCII characters. A random UUID is a good one.',
  },
  'key-missing': {
    status: 401,
    title: 'Key missing',
    meaning: 'The endpoint needs a key, and the request has none.',
    mend: 'Send the key in the Authorization header: Authorization: Bearer <key>.',
    // RFC 6750 §3.1: a request without credentials learns the scheme and no error code.
    headers: { 'www-authenticate': 'Bearer realm="api"' },
  },
  'key-refused': {
    status: 401,
    title: 'Key refused',
    meaning: 'The key is unknown, was revoked, or is past its time. The answer does not tell which.',
    mend: 'Check that the whole key was sent, or make a new one.',
    headers: { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' },
  },
  'signed-out': {
    status: 401,
    title: 'Signed out',
    meaning:
      'The portal has no session of this browser, or it is over, or another page than the portal asks.',
    mend: 'Open the portal by a fresh sign-in link.',
    headers: { 'www-authenticate': 'Bearer realm="portal"' },
  },
  'sign-in-link-spent': {
    status: 401,
    title: 'Sign-in link spent',
    meaning: 'The link was used before, or is too old, or never was. The answer does not tell which.',
    mend: 'Ask for a fresh link where this one came from. Each works once.',
    headers: { 'www-authenticate': 'Bearer realm="portal"' },
  },
  'scope-missing': {
    status: 403,
    title: 'Scope missing',
    meaning: 'The key is right, and not allowed to do this.',
    mend: 'Use a key that has the scope which the detail names, or make one.',
  },
  'address-refused': {
    status: 403,
    title: 'Address refused',
    meaning: 'The key is right, and not to be used from the address that the request came from.',
    mend: "Call from an address in the key's list, or make a key whose list has this one.",
  },
  'mode-refused': {
    status: 403,
    title: 'Mode refused',
    meaning: 'The key is right, and this cannot be done with test data, or with test data only.',
    mend: 'Use a key of the mode that the detail names, or send the Api-Mode header with a live key.',
  },
  'no-such-path': {
    status: 404,
    title: 'No such path',
    meaning: 'The api has no endpoint at this path.',
    mend: 'Compare the path with the reference, its base and its slashes included.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning: 'There is no such thing, or it belongs to another account. The answer does not tell which.',
    mend: 'Check the id, and that the key is of the account that owns it.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The path exists, but not with this method.',
    mend: 'Use one of the methods in the Allow header of the answer.',
  },
  'not-acceptable': {
    status: 406,
    title: 'Not acceptable',
    meaning: 'The endpoint has none of the formats that the Accept header asks for.',
    mend: 'Ask for one of the formats that the detail names, or leave the header out.',
  },
  'request-timeout': {
    status: 408,
    title: 'Request timeout',
    meaning: 'The request did not arrive completely in time.',
    mend: 'Send it again on a new connection.',
  },
  'shown-once': {
    status: 409,
    title: 'Shown once',
    meaning:
      'The request was carried out before, under the same Idempotency-Key. Its answer held a secret, which was shown then and is not kept.',
    mend: 'If that answer never arrived, delete what was made and make another, with a new Idempotency-Key.',
  },
  'request-in-progress': {
    status: 409,
    title: 'Request in progress',
    meaning: 'A request with the same Idempotency-Key is being carried out, and is not answered yet.',
    mend: 'Send it again, with the same Idempotency-Key, after the seconds in Retry-After: it gets the answer of the first.',
    headers: { 'retry-after': '1' },
  },
  'patch-test-failed': {
    status: 409,
    title: 'Patch test failed',
    meaning: 'The JSON Patch tests for a value that is not there. Nothing was changed.',
    mend: 'Get it again, and make the patch anew from what is there. The detail says which operation has failed.',
  },
  'in-use': {
    status: 409,
    title: 'In use',
    meaning: 'Other things refer to it, so it cannot be deleted.',
    mend: 'Delete those that the detail names first, or let them refer to something else.',
  },
  'cursor-expired': {
    status: 410,
    title: 'Cursor expired',
    meaning: 'The event that the cursor names is no longer kept, or never was in this log.',
    mend: 'Begin again without a cursor, in ascending order: that is all that is kept. Pass over the ids that you have handled.',
  },
  'precondition-failed': {
    status: 412,
    title: 'Precondition failed',
    meaning:
      'What is there is not what the request says that it must be: somebody changed it, or there is nothing to compare.',
    mend: 'Get it again, look at what has changed, and send the request with the ETag that you got.',
  },
  'body-too-large': {
    status: 413,
    title: 'Body too large',
    meaning: 'The body, or what it unpacks to, is larger than the endpoint takes.',
    mend: 'Send less at once. The detail gives the limit.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    meaning:
      'The Content-Type is missing, malformed, or of a format or charset that the endpoint does not read.',
    mend: 'Send one of the formats that the detail names, in UTF-8, and name it in Content-Type.',
  },
  'unsupported-encoding': {
    status: 415,
    title: 'Unsupported encoding',
    meaning: 'The Content-Encoding is one that the api does not read.',
    mend: 'Use one of the encodings in the Accept-Encoding header of the answer, or none.',
  },
  'range-not-satisfiable': {
    status: 416,
    title: 'Range not satisfiable',
    meaning: 'The range begins behind the end of the file.',
    mend: 'Ask for a range within the size that Content-Range tells.',
  },
  'expectation-failed': {
    status: 417,
    title: 'Expectation failed',
    meaning: 'The Expect header asks for something other than 100-continue.',
    mend: 'Leave the header out.',
  },
  'invalid-input': {
    status: 422,
    title: 'Invalid input',
    meaning: 'The body is well-formed, but its values are not what the endpoint takes.',
    mend: 'Correct the members that the errors point to.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency key reused',
    meaning: 'This idempotency key was used for a different request.',
    mend: 'Send exactly the first request again, or use a new key for a new one.',
  },
  'precondition-required': {
    status: 428,
    title: 'Precondition required',
    meaning:
      'The endpoint changes only what the caller has seen, and the request does not say what that was.',
    mend: 'Get it first, and send the ETag of the answer as If-Match.',
  },
  'rate-limited': {
    status: 429,
    title: 'Rate limited',
    meaning: 'There were more requests than a limit allows. Nothing was done.',
    mend: 'Send the request again, with the same Idempotency-Key, after the seconds in Retry-After. RateLimit tells what is left.',
  },
  'too-many-streams': {
    status: 429,
    title: 'Too many streams',
    meaning: 'The account follows its events on as many connections as it may.',
    mend: 'Close a stream that is not needed any more. One stream can carry all types of events.',
    headers: { 'retry-after': '5' },
  },
  'headers-too-large': {
    status: 431,
    title: 'Headers too large',
    meaning: 'The header section, or the URL, is larger than the api takes.',
    mend: 'Send fewer or shorter headers.',
  },
  'internal-error': {
    status: 500,
    title: 'Internal error',
    meaning: 'The api failed, through no fault of the request.',
    mend: 'Send it again with the same Idempotency-Key. If it keeps failing, report its request_id.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    meaning: 'The api cannot do this at the moment.',
    mend: 'Send the request again, with the same Idempotency-Key, after the time in Retry-After if there is one.',
  },
} as const satisfies ProblemTable

/** A stable code of one of the house's own problems. */
export type ProblemCode = keyof typeof problems
