import type { Dialect, Store } from './port.ts'

/**
 * The tables that Signalbox keeps beside the application's own. Times that people see are RFC 3339 text; times that
 * the queues compare (`due_at`) are Unix milliseconds. JSON is text, flags are 0 or 1: every store reads them alike.
 *
 * A step is never edited once released: a change is a further step.
 */
const stepsIn = ({
  commitOrder,
  rowName,
  rowNumber,
  keyed,
  preparations,
  completions,
}: Dialect): readonly (readonly string[])[] => [
  [
    ...preparations,
    // mode: 'live', or 'test' for the test account that each account has.
    `create table signalbox_accounts (
      id text primary key,
      name text not null,
      mode text not null,
      created_at text not null
    )`,
    // digest: SHA-256 of the whole key. The key itself is stored nowhere.
    `create table signalbox_keys (
      id text primary key,
      account_id text not null references signalbox_accounts (id),
      mode text not null,
      name text not null,
      hint text not null,
      digest text not null unique,
      created_at text not null,
      revoked_at text,
      scopes text,
      expires_at text,
      addresses text,
      last_used_at text
    )`,
    `create index signalbox_keys_account on signalbox_keys (account_id, id)`,

    `create table signalbox_audit (
      id text primary key,
      account_id text not null,
      at text not null,
      action text not null,
      subject text,
      "by" text not null,
      key_id text,
      address text
    )`,
    `create index signalbox_audit_account on signalbox_audit (account_id, id)`,

    // Ids begin with the time at which they were made, so the oldest are the first of the primary key. The time of
    // `at` is compared as lists compare times.
    `create table signalbox_requests (
      id text primary key,
      account_id text not null,
      at text not null,
      method text not null,
      route text not null,
      path text not null,
      query text,
      status integer not null,
      problem text,
      duration_ms integer not null,
      replayed integer not null,
      key_id text,
      address text,
      user_agent text,
      left_out integer not null
    )`,
    `create index signalbox_requests_account on signalbox_requests (account_id, id)`,
    `create index signalbox_requests_status on signalbox_requests (account_id, status, id)`,
    `create index signalbox_requests_method on signalbox_requests (account_id, method, id)`,
    `create index signalbox_requests_at on signalbox_requests (account_id, substr(rtrim("at", 'Z0.'), 1, 40), id)`,

    // used: of the account's requests in this day or month, those that processes have taken to serve.
    `create table signalbox_quotas (
      account_id text primary key,
      period text not null,
      used bigint not null
    )`,

    // tat: when the last of the requests that processes have taken to serve would have come, had all come evenly, in Unix
    // milliseconds. A row whose time is past says nothing.
    `create table signalbox_limits (
      id text primary key,
      tat double precision not null
    )`,
    `create index signalbox_limits_tat on signalbox_limits (tat)`,

    // kind: 'link', and 'session' once it is spent. digest: SHA-256 of the token of the link, then of the session.
    `create table signalbox_sign_ins (
      digest text primary key,
      kind text not null,
      account_id text not null references signalbox_accounts (id),
      expires_at text not null
    )`,
    `create index signalbox_sign_ins_expired on signalbox_sign_ins (expires_at)`,

    // hash: 48 bits of SHA-256(account, key). A narrow integer index stays small under random keys.
    `create table signalbox_idempotency (
      ${rowNumber}
      hash bigint not null,
      account_id text not null,
      key text not null,
      fingerprint text not null,
      status integer not null,
      headers text not null,
      body text,
      created_at text not null
    )`,
    `create index signalbox_idempotency_hash on signalbox_idempotency (hash)`,
    // The oldest are found by it. Where rows have numbers by themselves, the table is in their order.
    ...(rowNumber === ''
      ? []
      : [`create index signalbox_idempotency_row on signalbox_idempotency (${rowName})`]),

    // position: their order to who follows them. data and before are the rows as the API shows them. dispatched: 0 until its
    // deliveries are written; webhooks then says, by account, which of those that subscribe to it were met, as JSON.
    // traceparent: of what recorded it, where the program keeps traces (W3C Trace Context §3.2); deliveries and operations
    // have it too. test: 1 where it did not happen: it was made up to be sent to one webhook, and stands in no log.
    `create table signalbox_events (
      ${rowNumber}
      position ${commitOrder.declare},
      id text not null unique,
      account_id text,
      type text not null,
      created_at text not null,
      data text,
      before text,
      dispatched integer not null,
      test integer not null default 0,
      webhooks text,
      traceparent text
    )`,
    `create index signalbox_events_new on signalbox_events (position) where dispatched = 0`,
    // Those that are to be numbered.
    ...(commitOrder.numbers === undefined
      ? []
      : [
          `create index signalbox_events_unnumbered on signalbox_events (${commitOrder.numbers.arrival})
            where position is null and test = 0`,
        ]),
    `create index signalbox_events_account on signalbox_events (account_id, position)`,

    // What triggers file of watched tables: a row is taken away in the unit that makes an event of it, or turned into a
    // fault, which stays until it was reported. Triggers of any program write here, so nothing may refuse them.
    `create table signalbox_changes (
      ${rowNumber}
      watch text,
      before text,
      data text,
      fault text
    )`,
    `create index signalbox_changes_faults on signalbox_changes (watch) where fault is not null`,
    // Rows that the statement which is being run may replace.
    `create table signalbox_replaced (
      watch text,
      id text,
      before text
    )`,

    // secret, previous_secret, hidden: as sealed. sealed_by: the ids of the keys that sealed them. previous_secret_until:
    // until when the secret before signs as well. headers and authorization as they are shown; hidden has what is never shown of them.
    // drop_to: its last delivery that is not to be sent any more, while there are some that are still to be canceled.
    // challenge_token: what its URL is to answer.
    `create table signalbox_webhooks (
      id text primary key,
      account_id text not null references signalbox_accounts (id),
      url text not null,
      events text not null,
      "when" text,
      method text not null,
      format text not null,
      signature text not null,
      paused integer not null,
      concurrency integer not null,
      rate text,
      "order" text,
      state text not null,
      disabled_at text,
      disabled_because text,
      description text,
      metadata text not null,
      headers text not null,
      "authorization" text,
      hidden text,
      secret text not null,
      public_key text,
      previous_secret text,
      previous_secret_until text,
      sealed_by text not null,
      drop_to text,
      challenge text,
      challenge_token text,
      created_at text not null
    )`,
    `create index signalbox_webhooks_dropping on signalbox_webhooks (id) where drop_to is not null`,
    `create index signalbox_webhooks_account on signalbox_webhooks (account_id, id)`,
    `create index signalbox_webhooks_sealed on signalbox_webhooks (sealed_by)`,
    `create index signalbox_webhooks_rolled on signalbox_webhooks (previous_secret_until) where previous_secret_until is not null`,
    `create index signalbox_webhooks_unwell on signalbox_webhooks (state) where state <> 'active'`,

    // Of each webhook, when its deliveries are looked at next, and what is known of it that decides how many are taken then.
    // ready_at: null where nothing waits, or nothing may be sent. held: new deliveries do not bring ready_at forward. stopped:
    // paused or disabled. slow: its latest attempts took long. answering: the latest got an answer. rate_at: when its rate would
    // have let the last of its attempts begin, in Unix milliseconds. waits_from, leased_from: before these times nothing of it is due,
    // waiting or being sent, so nobody looks there. The rest is what src/webhooks/breaker.ts decides by.
    `create table signalbox_lanes (
      webhook_id text primary key,
      ready_at bigint,
      held integer not null,
      stopped integer not null,
      slow integer not null,
      answering integer not null,
      rate_at double precision not null,
      waits_from bigint not null default 0,
      leased_from bigint not null default 0,
      window_at bigint,
      window_attempts integer not null,
      window_failures integer not null,
      failing_since bigint,
      probe_at bigint,
      probes integer not null
    )`,
    `create index signalbox_lanes_ready on signalbox_lanes (slow, ready_at) where ready_at is not null`,

    // The body of an event as it is sent, rendered once: every attempt sends the same bytes.
    `create table signalbox_payloads (
      event_id text not null,
      format text not null,
      body text not null,
      primary key (event_id, format)
    )`,

    // next_attempt_at: from when it waits to be sent, or was sent last; null when it is settled, or waits for another of its
    // order_key. format: of the body that its last attempt sent. place: the position of its event, by which those of an
    // order_key are sent.
    `create table signalbox_deliveries (
      id text primary key,
      account_id text not null,
      webhook_id text not null,
      event_id text not null,
      event_type text not null,
      format text not null,
      state text not null,
      attempt_count integer not null,
      created_at text not null,
      settled_at text,
      next_attempt_at text,
      order_key text,
      place bigint not null default 0,
      traceparent text
    )`,
    `create index signalbox_deliveries_account on signalbox_deliveries (account_id, id)`,
    `create index signalbox_deliveries_webhook on signalbox_deliveries (webhook_id, id)`,
    `create index signalbox_deliveries_event on signalbox_deliveries (event_id, webhook_id)`,

    // The deliveries that are to be sent (src/webhooks/queue.ts): apart, so that what changes all the time is small. due_at: of
    // one that waits, when it is to be taken; of one that is being sent, when its lease ends.
    `create table signalbox_queue (
      webhook_id text not null,
      sending integer not null,
      due_at bigint not null,
      delivery_id text not null,
      fence integer not null,
      primary key (webhook_id, sending, due_at, delivery_id)
    )${keyed}`,
    // Of webhooks with an order, the deliveries that are not settled. due: whether it is the one of its key that is in the queue.
    `create table signalbox_ordered (
      webhook_id text not null,
      order_key text not null,
      place bigint not null,
      delivery_id text not null,
      due integer not null,
      primary key (webhook_id, order_key, place, delivery_id)
    )${keyed}`,

    `create table signalbox_attempts (
      delivery_id text not null,
      number integer not null,
      started_at text not null,
      duration_ms integer not null,
      outcome text not null,
      status integer,
      method text not null,
      url text not null,
      request_headers text not null,
      response_headers text,
      response_body text,
      error text,
      primary key (delivery_id, number)
    )`,

    // The bytes lie in the sink, under the same id.
    `create table signalbox_files (
      id text primary key,
      account_id text not null references signalbox_accounts (id),
      name text not null,
      type text not null,
      size bigint not null,
      sha256 text not null,
      created_at text not null
    )`,
    `create index signalbox_files_account on signalbox_files (account_id, id)`,
    // Files that were deleted, and whose bytes are still to be removed.
    `create table signalbox_deleted_files (
      id text primary key
    )`,

    // Operations, and tasks, which have no account_id: no account sees them. actor_id: in whose name they work. deaths:
    // attempts that ended with their process.
    `create table signalbox_operations (
      id text primary key,
      account_id text,
      actor_id text,
      type text not null,
      state text not null,
      input text not null,
      memory text,
      progress text,
      result text,
      problem text,
      attempt_count integer not null,
      deaths integer not null,
      created_at text not null,
      next_attempt_at text,
      settled_at text,
      due_at bigint,
      fence integer not null,
      traceparent text
    )`,
    `create index signalbox_operations_due on signalbox_operations (due_at)
      where due_at is not null and account_id is not null`,
    `create index signalbox_operations_tasks on signalbox_operations (due_at)
      where due_at is not null and account_id is null`,
    `create index signalbox_operations_settled on signalbox_operations (settled_at) where settled_at is not null`,
    // Tasks: what is put off in an account's name is erased with it.
    `create index signalbox_operations_actor on signalbox_operations (actor_id) where account_id is null`,
    `create index signalbox_operations_account on signalbox_operations (account_id, id)`,

    // times: of the schedule that the row was written for; another version of the program may have others. due_at and
    // last_at: the next time that it is due, and the last that its task was put off for.
    `create table signalbox_schedules (
      name text primary key,
      times text not null,
      due_at bigint not null,
      last_at bigint
    )`,
    ...completions,
  ],
]

/** Brings Signalbox's own tables to the newest step. Safe to call at every start, from many processes at once. */
export async function migrate(store: Store): Promise<void> {
  // Where it is there, nothing is to be created, which not every role may do.
  const isNew = (await store.columns('signalbox_steps')) === undefined
  await store.unit(async tx => {
    const { define } = store.dialect
    if (isNew) await tx.run(define('create table if not exists signalbox_steps (number integer primary key)'))
    const row = await tx.get('select max(number) as last from signalbox_steps')
    const last = Number(row?.['last'] ?? 0)
    for (const [i, statements] of stepsIn(store.dialect).entries()) {
      if (i < last) continue
      for (const statement of statements) await tx.run(define(statement))
      await tx.run('insert into signalbox_steps (number) values ($1)', i + 1)
    }
  })
}
