// The same three routes with what a public API needs: a bearer key, a limit, ETag, and rows in SQLite.
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { type Article, draft, type NewArticle } from './articles.ts'
import { addKit, sha256 } from './fastify-kit.ts'
import { articleSchema, limitSchema, newArticleSchema, pageSchema } from './json-schemas.ts'
import { articleXml, pageXml, readXml, XML } from './xml.ts'

const db = new DatabaseSync(join(process.env['DATA'] ?? '.', 'fastify.db'))
db.exec(`
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table keys (digest text primary key, account_id text not null) without rowid;
  create table articles (
    id text primary key, account_id text not null, headline text not null, body text not null, link text not null,
    tags text not null, score real not null, published_at text not null
  );
  create index articles_account on articles (account_id, id);
  create table events (
    id text primary key, account_id text not null, type text not null, created_at text not null, data text not null
  );
`)

const key = `key_${randomBytes(24).toString('base64url')}`
db.prepare('insert into keys values (?, ?)').run(sha256(key), 'acc_1')

const FIELDS = 'id, headline, body, link, tags, score, published_at'
const findKey = db.prepare('select account_id from keys where digest = ?')
const getArticle = db.prepare(`select ${FIELDS} from articles where account_id = ? and id = ?`)
const listArticles = db.prepare(
  `select ${FIELDS} from articles where account_id = ? order by id desc limit ?`,
)
const addArticle = db.prepare('insert into articles values (?, ?, ?, ?, ?, ?, ?, ?)')
const addEvent = db.prepare('insert into events values (?, ?, ?, ?, ?)')

const articleOf = (row: object): Article => {
  const stored = row as Omit<Article, 'tags'> & { readonly tags: string }
  return { ...stored, tags: JSON.parse(stored.tags) }
}

function insert(account: string, id: string, value: NewArticle): Article {
  const { headline, body, link, tags, score, published_at } = value
  addArticle.run(id, account, headline, body, link, JSON.stringify(tags), score, published_at)
  return { id, headline, body, link, tags, score, published_at }
}

function create(account: string, value: NewArticle): Article {
  db.exec('begin immediate')
  try {
    const article = insert(account, `art_${randomUUID()}`, value)
    const now = new Date().toISOString()
    addEvent.run(`evt_${randomUUID()}`, account, 'article.created', now, JSON.stringify(article))
    db.exec('commit')
    return article
  } catch (error) {
    db.exec('rollback')
    throw error
  }
}

db.exec('begin')
for (let i = 1; i <= 200; i++) insert('acc_1', `art_${i}`, draft)
db.exec('commit')

const wantsXml = (request: FastifyRequest): boolean => request.headers.accept === 'application/xml'
// What is written already goes past the serialiser of the route.
const xml = (reply: FastifyReply, text: string): FastifyReply => reply.type(XML).serializer(String).send(text)

const app = Fastify()
readXml(app)
addKit(app, digest => findKey.get(digest)?.['account_id'])

app.get<{ Params: { id: string } }>(
  '/articles/:id',
  { schema: { response: { 200: articleSchema } } },
  async (request, reply) => {
    const row = getArticle.get(request.account, request.params.id)
    if (row === undefined) return reply.code(404).send({ error: 'not found' })
    const article = articleOf(row)
    return wantsXml(request) ? xml(reply, articleXml(article)) : article
  },
)

app.get<{ Querystring: { limit: number } }>(
  '/articles',
  { schema: { querystring: limitSchema, response: { 200: pageSchema } } },
  async (request, reply) => {
    const data = listArticles.all(request.account, request.query.limit).map(articleOf)
    const page = { data, next: data.at(-1)?.id ?? null }
    return wantsXml(request) ? xml(reply, pageXml(page)) : page
  },
)

app.post<{ Body: NewArticle }>(
  '/articles',
  { schema: { body: newArticleSchema, response: { 201: articleSchema } } },
  async (request, reply) => {
    const article = create(request.account, request.body)
    reply.code(201)
    return wantsXml(request) ? xml(reply, articleXml(article)) : article
  },
)

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
console.log(`READY ${JSON.stringify({ headers: { authorization: `Bearer ${key}` } })}`)
