import type { Open } from '../measure.ts'
import { entrantsOf, kinds } from './kinds.ts'

/** Each subject and its program. */
const subjects = {
  node: 'node-rest.ts',
  fastify: 'fastify-rest.ts',
  hono: 'hono-rest.ts',
  elysia: 'elysia-rest.ts',
  express: 'express-rest.ts',
  signalbox: 'signalbox-bare.ts',
  'signalbox (SQLite)': 'signalbox-rest.ts',
}

/** One article, twenty articles, and a validated article in, for everybody: what a framework itself costs. */
export const rest: Open = async ({ seconds }) => ({
  cases: kinds.map(kind => ({
    name: kind.name,
    baseline: kind.name === 'post' ? 'fastify' : ['fastify', 'node'],
    entrants: entrantsOf(subjects, kind, seconds),
  })),
  [Symbol.asyncDispose]: async () => {},
})
