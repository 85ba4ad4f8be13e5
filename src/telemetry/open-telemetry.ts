import { later, load } from '../base/index.ts'

const api = later(() => load('@opentelemetry/api') as typeof import('@opentelemetry/api'))

/**
 * Where every copy of the api, of whatever release 1.x, keeps what a program has registered: the one that a program
 * brings and the one that we load must find each other. Before the first registration there is nothing.
 */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/** Undefined where the program has registered nothing: then not even the api is loaded. */
export const openTelemetry = (): ReturnType<typeof api> | undefined =>
  REGISTERED in globalThis ? api() : undefined
