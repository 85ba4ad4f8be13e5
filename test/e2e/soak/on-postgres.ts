import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startCluster } from '../../../scripts/postgres.ts'
import { startProxy } from '../../store/proxy.ts'
import { between, type Database, type Row } from './database.ts'

const END_ALL = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'signalbox'`
/** Each row of each table is read, and each row's entry is looked for in each index. */
const BROKEN = `select c.oid::regclass::text as name, h.msg as what from pg_class c, lateral verify_heapam(c.oid) h
  where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, 'signalbox'::regnamespace)`
const CHECK_INDEXES = `select bt_index_check(c.oid, true) from pg_class c join pg_am a on a.oid = c.relam
  where c.relkind = 'i' and a.amname = 'btree' and c.relnamespace in ('public'::regnamespace, 'signalbox'::regnamespace)`

const COUNT_CLAIMS = [
  'create table if not exists claims (delivery text collate "C" not null)',
  'create index if not exists claims_of on claims (delivery)',
  `create or replace function count_claim() returns trigger language plpgsql as
    $$ begin insert into public.claims values (new.delivery_id); return null; end $$`,
  `create or replace trigger count_claims after update of fence on signalbox_queue
    for each row when (new.fence > old.fence) execute function count_claim()`,
  `create or replace trigger count_begun after insert on signalbox_queue
    for each row when (new.sending = 1) execute function count_claim()`,
]

/** A cluster that flushes each commit, reached by way of a proxy. Two servers run on it at once. */
export async function postgresDatabase(): Promise<Database> {
  const stack = new AsyncDisposableStack()
  const cluster = stack.use(await startCluster())
  const proxy = stack.use(await startProxy(cluster.url))

  async function all(sql: string): Promise<readonly Row[]> {
    const client = new pg.Client({ connectionString: cluster.url })
    client.on('error', () => undefined)
    await client.connect()
    try {
      await client.query('set search_path to public, signalbox')
      return (await client.query<Row>(sql)).rows
    } finally {
      await client.end()
    }
  }
  return {
    location: proxy.url,
    servers: 2,
    countClaims: COUNT_CLAIMS,
    troubles: [
      {
        kind: 'locked',
        befall: async (_, size) => {
          const ms = Math.round(between(20, 1_300, size))
          await all(
            `begin; lock table signalbox_queue in exclusive mode; select pg_sleep(${ms / 1000}); commit`,
          )
        },
      },
      { kind: 'backends ended', befall: async () => void (await all(END_ALL)) },
      { kind: 'database restarted', befall: () => cluster.restart() },
      {
        kind: 'way silent',
        async befall(_, size) {
          proxy.mode = 'silent'
          await sleep(between(100, 1_500, size))
          proxy.mode = 'open'
          // What was lost on it is not sent again.
          proxy.cut()
        },
      },
      {
        // Fault 9: the server commits, and nobody hears of it.
        kind: 'commit unheard',
        async befall(_, size) {
          let left = Math.floor(between(1, 4, size))
          proxy.cutAfter = said => said.includes('commit\0') && left-- > 0
          await sleep(500)
          proxy.cutAfter = undefined
        },
      },
    ],
    all,
    // The database ends a transaction that stands still.
    isFree: async () => true,
    async integrity() {
      try {
        await all('create extension if not exists amcheck')
        await all(CHECK_INDEXES)
      } catch (error) {
        return String(error)
      }
      const broken = await all(BROKEN)
      return broken.length === 0
        ? 'ok'
        : broken.map(({ name, what }) => `${String(name)}: ${String(what)}`).join(', ')
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
