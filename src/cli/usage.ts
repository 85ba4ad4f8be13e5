const EVERYWHERE = `
  --url URL      the api with its base: https://api.example.com/v1   (SIGNALBOX_URL)
  --key KEY      a key of the account; who lists processes sees it   (SIGNALBOX_KEY)
  --test         test data, by a live key
  --json         a line of JSON for each result, for programs
  --help         this text

Exit codes: 0 it went well; 1 the api refused, or cannot be reached; 2 it was called wrongly.`

export const USAGE: { readonly [command: string]: string } = {
  '': `signalbox: runs an api, and does from a terminal what an account can do with its webhooks.

  signalbox serve DEFINITION                     serves an api, and does its work
  signalbox work DEFINITION                      does the work of an api beside others, and serves nothing
  signalbox listen --forward-to localhost:3000   sends events on to a receiver on this machine, signed
  signalbox trigger TYPE                         makes an event of test data happen
  signalbox deliveries tail                      follows what is sent and what became of it
  signalbox deliveries show ID                   one delivery with its attempts
  signalbox deliveries retry ID...               sends deliveries again
  signalbox deliveries recover WEBHOOK           sends all that failed again
  signalbox deliveries replay WEBHOOK            sends a webhook what happened before it was there
  signalbox export                               all that is kept of the account, a row in each line

  signalbox init --database postgres://...       makes the definition of an api from tables that there are
${EVERYWHERE}`,
  init: `signalbox init --database DATABASE [options]

Reads the tables of a database and writes a definition of an api over those that you choose. Nothing is shared
unless it is named: not a table, not a column. In a terminal and without --table it asks. It changes nothing in
the database.

  --database DATABASE       postgres://user:password@host/name, or the path of a SQLite file   (DATABASE_URL)
  --list                    shows tables and columns, and writes nothing
  --table NAME:COLUMN,...   a table and those of its columns that are shared: --table orders:id,total,placed_at
  --owner NAME.COLUMN       whose its rows are: the column with the account's id
  --shared NAME,...         or that every account sees all of them
  --write NAME,...          lets callers create, change and delete rows, rather than read them only
  --out FILE                where the definition goes. Default: api.ts. Beside it goes key.ts
  --title TITLE             what the api is called. Default: Public API
  --force                   overwrites the definition that is there
  --help                    this text

Exit codes: 0 it went well; 1 the database cannot be read, or nothing was chosen; 2 it was called wrongly.`,
  serve: `signalbox serve DEFINITION [options]

Serves the api that a module exports, and sends its deliveries and runs its operations. Any number of processes may
do so on one PostgreSQL database, and several on one SQLite file of this machine.

  --database URL   postgres://user:password@host/database, or the path of a SQLite file   (DATABASE_URL)
  --port N         Default: 8080; 0 takes a free one                                      (PORT)
  --host ADDRESS   the address to listen on. Default: 127.0.0.1, this machine only
  --processes N    how many serve this database at most: rate limits hold for all of them together. Default: 1
  --connections N  to PostgreSQL, for units of work: as many accounts write at once. Four more are for the rest.
                   Default: 8
  --no-work        leaves deliveries and operations to others: to signalbox work
  --help           this text

What the module exports as \`options\` goes to \`serve\` as well: files, secretKeys, egress, log, metrics ...`,
  work: `signalbox work DEFINITION [options]

Sends the deliveries of an api and runs its operations, and serves nothing. Any number may work on one database; what
one of them had begun when it died, another goes on with.

  --database URL   as for serve   (DATABASE_URL)
  --processes N    as for serve
  --connections N  as for serve
  --help           this text`,
  listen: `signalbox listen --forward-to URL [options]

Follows the account's events and sends each to a receiver by POST, signed by Standard Webhooks. The
secret is printed first. Events come one after the other; one that the receiver refuses is told of and not
sent again. When the connection is lost it comes back, and has missed nothing.

  --forward-to URL   localhost:3000/hooks
  --events TYPES     only these: article.*,comment.created
  --when CONDITION   only where it is met: 'data.score > 10.0'
  --from ID          begins behind this event, rather than now
  --secret SECRET    signs with this one, whsec_..., to keep it from one time to the next
${EVERYWHERE}`,
  trigger: `signalbox trigger TYPE [options]

Makes an event of this type happen in test data: the test webhooks that are for it are called, and
'signalbox listen --test' hears of it. Live data is not touched.

  --data JSON     what it carries; @file reads a file, @- standard input.
                  Default: of your latest event of this type, or what fits the schema
  --before JSON   the row as it was, of an event that has it
${EVERYWHERE}`,
  'deliveries tail': `signalbox deliveries tail [options]

The latest deliveries, then each whenever it is new or an attempt has changed it.

  --webhook ID   only of this webhook
  --lines N      how many of the past come first: 0 to 1000. Default: 10
  --once         ends after those
${EVERYWHERE}`,
  'deliveries show': `signalbox deliveries show ID

One delivery: what is sent, and each attempt with what came back.
${EVERYWHERE}`,
  'deliveries retry': `signalbox deliveries retry ID...

Sends each again now, settled or not.
${EVERYWHERE}`,
  'deliveries recover': `signalbox deliveries recover WEBHOOK --since TIME [--until TIME]

Sends all deliveries of a webhook again that were made in this time and have failed.

  --since TIME   2026-11-29T08:00:00Z, or '2 hours' before now
  --until TIME   the same. Default: now
${EVERYWHERE}`,
  'deliveries replay': `signalbox deliveries replay WEBHOOK --since TIME [options]

Sends a webhook the events that it is for and that happened in this time, those before it was made included.

  --since TIME   2026-11-29T08:00:00Z, or '2 hours' before now
  --until TIME   the same. Default: now
  --types TYPES  only these: article.created,article.updated
  --again        also those that it had a delivery of
${EVERYWHERE}`,
  export: `signalbox export > account.ndjson

Webhooks without their secrets, events, deliveries and attempts, a row in each line (NDJSON).
${EVERYWHERE}`,
}
