// The three routes with what a public API needs: a bearer key, a limit, ETag, and rows in PostgreSQL; a commit for each POST.
import { randomBytes, randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import pg from 'pg'
import { type Article, draft, type NewArticle } from './articles.ts'
import { environment } from './delivering.ts'
import { addKit, sha256 } from './fastify-kit.ts'
import { articleSchema, limitSchema, newArticleSchema, pageSchema } from './json-schemas.ts'

const pool = new pg.Pool({ connectionString: environment('DATABASE_URL'), max: 16 })
await pool.query(`
  create table keys (digest text primary key, account_id text not null);
  create table articles (
    id text primary key, account_id text not null, headline text not null, body text not null, link text not null,
    tags jsonb not null, score double precision not null, published_at text not null
  );
  create index articles_account on articles (account_id, id);
  create table events (
    id text primary key, account_id text not null, type text not null, created_at text not null, data text not null
  )
`)

/** A key of each account. */
const keys: string[] = []
for (let i = 1; i <= Number(process.env['ACCOUNTS'] ?? 1); i++) {
  const key = `key_${randomBytes(24).toString('base64url')}`
  await pool.query('insert into keys values ($1, $2)', [sha256(key), `acc_${i}`])
  keys.push(`Bearer ${key}`)
}

const FIELDS = 'id, headline, body, link, tags, score, published_at'
/** Prepared once on each connection. */
const findKey = { name: 'key', text: 'select account_id from keys where digest = $1' }
const getArticle = { name: 'get', text: `select ${FIELDS} from articles where account_id = $1 and id = $2` }
const listArticles = {
  name: 'list',
  text: `select ${FIELDS} from articles where account_id = $1 order by id desc limit $2`,
}
const addArticle = { name: 'add', text: 'insert into articles values ($1, $2, $3, $4, $5, $6, $7, $8)' }
const addEvent = { name: 'event', text: 'insert into events values ($1, $2, $3, $4, $5)' }

async function insert(client: pg.Pool | pg.PoolClient, account: string, id: string, value: NewArticle) {
  const { headline, body, link, tags, score, published_at } = value
  const values = [id, account, headline, body, link, JSON.stringify(tags), score, published_at]
  await client.query({ ...addArticle, values })
  return { id, headline, body, link, tags, score, published_at }
}

async function create(account: string, value: NewArticle): Promise<Article> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const article = await insert(client, account, `art_${randomUUID()}`, value)
    const now = new Date().toISOString()
    const values = [`evt_${randomUUID()}`, account, 'article.created', now, JSON.stringify(article)]
    await client.query({ ...addEvent, values })
    await client.query('commit')
    return article
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

for (let i = 1; i <= 200; i++) await insert(pool, 'acc_1', `art_${i}`, draft)

const app = Fastify()
addKit(app, async digest => {
  const { rows } = await pool.query({ ...findKey, values: [digest] })
  return rows[0]?.account_id
})

app.get<{ Params: { id: string } }>(
  '/articles/:id',
  { schema: { response: { 200: articleSchema } } },
  async (request, reply) => {
    const { rows } = await pool.query<Article>({
      ...getArticle,
      values: [request.account, request.params.id],
    })
    const [article] = rows
    if (article === undefined) return reply.code(404).send({ error: 'not found' })
    return article
  },
)

app.get<{ Querystring: { limit: number } }>(
  '/articles',
  { schema: { querystring: limitSchema, response: { 200: pageSchema } } },
  async request => {
    const { rows: data } = await pool.query<Article>({
      ...listArticles,
      values: [request.account, request.query.limit],
    })
    return { data, next: data.at(-1)?.id ?? null }
  },
)

app.post<{ Body: NewArticle }>(
  '/articles',
  { schema: { body: newArticleSchema, response: { 201: articleSchema } } },
  async (request, reply) => {
    reply.code(201)
    return await create(request.account, request.body)
  },
)

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
console.log(`READY ${JSON.stringify({ headers: { authorization: keys[0] }, callers: keys })}`)
