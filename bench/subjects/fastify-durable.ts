// What an application writes by hand today: one transaction and one flushed commit for each request.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Fastify from 'fastify'
import type { NewArticle } from './articles.ts'
import { articleSchema, newArticleSchema } from './json-schemas.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')

const db = new DatabaseSync(join(process.env['DATA'] ?? '.', 'fastify.db'))
db.exec(`
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table keys (digest text primary key, account_id text not null) without rowid;
  create table articles (
    id text primary key, account_id text not null, headline text not null, body text not null, link text not null,
    tags text not null, score real not null, published_at text not null
  );
  create table events (
    id text primary key, account_id text not null, type text not null, created_at text not null, data text not null
  );
  create table idempotency (
    account_id text not null, key text not null, fingerprint text not null, status integer not null,
    body text not null, created_at text not null, primary key (account_id, key)
  );
`)

const key = `key_${randomBytes(24).toString('base64url')}`
db.prepare('insert into keys values (?, ?)').run(sha256(key), 'acc_1')

const findKey = db.prepare('select account_id from keys where digest = ?')
const findRecord = db.prepare(
  'select fingerprint, status, body from idempotency where account_id = ? and key = ?',
)
const addArticle = db.prepare('insert into articles values (?, ?, ?, ?, ?, ?, ?, ?)')
const addEvent = db.prepare('insert into events values (?, ?, ?, ?, ?)')
const addRecord = db.prepare('insert into idempotency values (?, ?, ?, ?, ?, ?)')
const [begin, commit, rollback] = ['begin immediate', 'commit', 'rollback'].map(text => db.prepare(text))

interface Stored {
  readonly status: number
  readonly body: string
}

/** Undefined where the key was used for another request. */
function createOnce(account: string, idempotencyKey: string, value: NewArticle): Stored | undefined {
  const fingerprint = sha256(`POST /articles ${JSON.stringify(value)}`)
  begin?.run()
  try {
    const seen = findRecord.get(account, idempotencyKey)
    const stored = seen === undefined ? create(account, idempotencyKey, fingerprint, value) : seen
    commit?.run()
    return seen === undefined || seen['fingerprint'] === fingerprint
      ? (stored as unknown as Stored)
      : undefined
  } catch (error) {
    rollback?.run()
    throw error
  }
}

function create(account: string, idempotencyKey: string, fingerprint: string, value: NewArticle): Stored {
  const { headline, body, link, tags, score, published_at } = value
  const id = `art_${randomUUID()}`
  const text = JSON.stringify({ id, headline, body, link, tags, score, published_at })
  const now = new Date().toISOString()
  addArticle.run(id, account, headline, body, link, JSON.stringify(tags), score, published_at)
  addEvent.run(`evt_${randomUUID()}`, account, 'article.created', now, text)
  addRecord.run(account, idempotencyKey, fingerprint, 201, text, now)
  return { status: 201, body: text }
}

const app = Fastify()
app.post<{ Body: NewArticle }>(
  '/articles',
  { schema: { body: newArticleSchema, response: { 201: articleSchema } } },
  async (request, reply) => {
    const [, bearer = ''] = request.headers.authorization?.split('Bearer ') ?? []
    const account = findKey.get(sha256(bearer))?.['account_id']
    if (typeof account !== 'string') return reply.code(401).send({ error: 'no such key' })
    const idempotencyKey = request.headers['idempotency-key']
    if (typeof idempotencyKey !== 'string') return reply.code(400).send({ error: 'no Idempotency-Key' })
    const stored = createOnce(account, idempotencyKey, request.body)
    if (stored === undefined) return reply.code(422).send({ error: 'this key was used for another request' })
    // What is stored is what is sent: a string goes past the serialiser.
    return reply.code(stored.status).type('application/json').serializer(String).send(stored.body)
  },
)

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
console.log(`READY ${JSON.stringify({ headers: { authorization: `Bearer ${key}` } })}`)
