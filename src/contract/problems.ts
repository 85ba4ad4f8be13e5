/** The problems that an endpoint or operation can answer by itself: stable code to HTTP status. */
export type Problems = { readonly [code: string]: 400 | 402 | 403 | 404 | 409 | 410 | 412 | 422 | 423 | 429 }

/** Undoes what the handler did and answers the problem. Use as `?? fail('…')` or `throw fail('…')`. */
export type Fail<Pr extends Problems> = (code: keyof Pr & string, detail?: string) => never
