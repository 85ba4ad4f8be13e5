import type { Case, Open } from '../measure.ts'
import { startPostgres } from '../servers/postgres.ts'
import { measureDeliveries } from './deliveries.ts'
import { type Kind, kinds, measureKind } from './kinds.ts'

/** Each subject, its program, and where it makes articles. */
const subjects: readonly (readonly [subject: string, file: string, posts: string])[] = [
  ['fastify', 'fastify-postgres.ts', '/articles'],
  ['signalbox', 'signalbox-postgres.ts', '/articles'],
]
const handler = ['signalbox (handler)', 'signalbox-postgres.ts', '/handled'] as const

/**
 * The requests of `kit` and the deliveries of `deliveries`, all of them on one PostgreSQL, which runs on both cores beside subject
 * and load.
 */
export const postgres: Open = async ({ seconds, jobs }) => {
  const server = await startPostgres()
  let databases = 0
  const fresh = (): Promise<string> => server.database(`bench_${++databases}`)
  const requests = (kind: Kind): Case => ({
    name: kind.name,
    baseline: 'fastify',
    entrants: [...subjects, ...(kind.name === 'post' ? [handler] : [])].map(([subject, file, posts]) => ({
      subject,
      run: async () => measureKind(file, kind, seconds, { DATABASE_URL: await fresh(), POSTS: posts }),
    })),
  })
  const sender = (subject: string, file: string) => ({
    subject,
    run: async () => measureDeliveries(file, jobs, { DATABASE_URL: await fresh() }),
  })
  const deliver: Case = {
    name: 'deliver',
    baseline: 'graphile',
    entrants: [
      sender('graphile', 'graphile-deliveries.ts'),
      sender('pg-boss', 'pg-boss-deliveries.ts'),
      sender('signalbox', 'signalbox-deliveries.ts'),
    ],
  }
  return {
    cases: [...kinds.map(requests), deliver],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
