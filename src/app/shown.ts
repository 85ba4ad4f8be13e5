import { type Route, resolve, type Shape, type Wire } from '../contract/index.ts'

/** A target without what could be secret in it. */
export interface ShownTarget {
  readonly path: string
  /** Null where the route takes no parameters, or none that it declares was given. */
  readonly query: string | null
}

const LONGEST = 500
const HIDDEN = '…'

/**
 * Compiles what a log shows of a route's targets. Nothing is shown that anybody could have put there: of the path its own
 * words, and ids; of the query the parameters that the route declares, and the values of those that are numbers, times, or
 * one of a few. A key that was pasted into a URL is none of these.
 */
export function compileShown(route: Route): (target: string) => ShownTarget {
  const { segments, input } = route
  const showQuery = input?.from === 'query' ? compileQuery(input.wire) : () => null
  return target => {
    const [path = '', query = ''] = target.split('?', 2)
    const given = path.split('/').slice(1)
    const shown = segments.map((segment, i) => {
      if (typeof segment === 'string') return segment
      const text = given[i] ?? ''
      return ID.test(text) ? text : `{${segment.param}}`
    })
    return { path: `/${shown.join('/')}`.slice(0, LONGEST), query: showQuery(query) }
  }
}

/** Signalbox's own, UUIDs and numbers, but those as long as a card's; and what the suffix of a path adds. */
const ID =
  /^(?:[a-z][a-z0-9]{0,9}_[0-9a-hjkmnp-tv-z]{26}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|\d{1,11})(?:\.[a-z]{3,6})?$/i

function compileQuery(wire: Wire): (query: string) => string | null {
  const object = resolve(wire.shape, wire)
  const fields = object.kind === 'object' ? object.fields : []
  const plain = new Map(fields.map(({ name, shape }) => [name, plainOf(shape, wire)]))
  return query => {
    if (query === '') return null
    const shown: string[] = []
    for (const [name, value] of new URLSearchParams(query)) {
      const isPlain = plain.get(name)
      if (isPlain !== undefined) shown.push(`${name}=${isPlain(value) ? value : HIDDEN}`)
    }
    return shown.length === 0 ? null : shown.join('&').slice(0, LONGEST)
  }
}

/** Whether a parameter of this shape, as it is spelled, can be nothing but what its schema names. */
function plainOf(shape: Shape, wire: Wire): (text: string) => boolean {
  const meant = resolve(shape, wire)
  switch (meant.kind) {
    case 'boolean':
      return text => text === 'true' || text === 'false'
    case 'number':
      return text => /^-?\d{1,11}(?:\.\d{1,11})?$/.test(text)
    case 'literal': {
      const values = new Set(meant.values.map(String))
      return text => values.has(text)
    }
    case 'string':
      return isTime(meant.format) ? text => /^[\dT:Z.+-]{4,35}$/.test(text) : () => false
    case 'array': {
      if (meant.items === undefined) return () => false
      const isPlain = plainOf(meant.items, wire)
      return text => text.split(',').every(isPlain)
    }
    default:
      return () => false
  }
}

const isTime = (format: string | undefined): boolean => format === 'date-time' || format === 'date'
