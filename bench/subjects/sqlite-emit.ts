// What an application writes by hand: an outbox, with one flushed commit for each event and its delivery.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { draft } from './articles.ts'
import { runEmitting } from './emitting.ts'

const file = join(process.env['DATA'] ?? '.', 'outbox.db')
const db = new DatabaseSync(file)
db.exec(`
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table webhooks (id text primary key, account_id text not null, url text not null);
  create index webhooks_account on webhooks (account_id);
  create table events (
    id text primary key, account_id text not null, type text not null, created_at text not null, data text not null
  );
  create table deliveries (
    id integer primary key, event_id text not null, webhook_id text not null, due_at integer
  );
  create index deliveries_due on deliveries (due_at) where due_at is not null;
  insert into webhooks values ('whk_1', 'acc_1', 'http://127.0.0.1/hook');
`)
const addEvent = db.prepare('insert into events values (?, ?, ?, ?, ?)')
const addDeliveries = db.prepare(
  'insert into deliveries (event_id, webhook_id, due_at) select ?, id, ? from webhooks where account_id = ?',
)
const [begin, commit] = ['begin immediate', 'commit'].map(text => db.prepare(text))

await runEmitting(
  async at => {
    const id = `evt_${randomUUID()}`
    const now = new Date()
    const data = JSON.stringify({ ...draft, id: `art_${at}` })
    begin?.run()
    addEvent.run(id, 'acc_1', 'article.created', now.toISOString(), data)
    addDeliveries.run(id, now.getTime(), 'acc_1')
    commit?.run()
  },
  () => {
    const other = new DatabaseSync(file)
    const row = other.prepare('select count(*) as n from deliveries where due_at is not null').get()
    other.close()
    return Number(row?.['n'])
  },
)
