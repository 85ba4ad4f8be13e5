import type { Case, Open } from '../measure.ts'
import { entrantsOf, type Kind, kinds, xmlKinds } from './kinds.ts'

/** Each subject and its program. */
const subjects = {
  fastify: 'fastify-public-rest.ts',
  signalbox: 'signalbox-durable.ts',
}

/** In XML beside those that do the same work: one that has its rows in memory and asks for no key, and ours in JSON. */
const fromMemory = { 'fastify (bare)': 'fastify-xml.ts' }
const inJson = { 'signalbox (JSON)': 'signalbox-durable.ts' }

/** The same requests as `rest`, with what a public API needs: a key, a limit, an ETag, and rows in SQLite. */
export const kit: Open = async ({ seconds }) => {
  const caseOf = (kind: Kind): Case => ({
    name: kind.name,
    baseline: 'fastify',
    entrants: entrantsOf(subjects, kind, seconds),
  })
  const xmlCaseOf = (kind: Kind, json: Kind): Case => ({
    name: `xml ${kind.name}`,
    baseline: 'fastify',
    entrants: [
      ...entrantsOf({ ...subjects, ...fromMemory }, kind, seconds),
      ...entrantsOf(inJson, json, seconds),
    ],
  })
  return {
    cases: [...kinds.map(caseOf), ...xmlKinds.map((kind, i) => xmlCaseOf(kind, kinds[i] as Kind))],
    [Symbol.asyncDispose]: async () => {},
  }
}
