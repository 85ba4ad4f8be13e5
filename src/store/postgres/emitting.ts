// `signalbox.emit`, for programs that record events by SQL. What an event's data are to be only the api's definition says, so what
// is emitted waits in a table of its own until a process has held it against the schema: there is no event before that.

/** As the ids that processes make: the time in milliseconds, then microseconds, so that they sort in the order of the calls. */
const NEW_ID = `'evt_' || (
      select string_agg(substr(digits, 1 + ((moment >> (5 * (11 - place))) & 31)::int, 1), '' order by place)
      from generate_series(0, 11) as place
    ) || (
      select string_agg(substr(digits, 1 + (get_byte(bits, place) & 31), 1), '')
      from unnest(array[0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13, 14, 15]) as place
    )`

/**
 * It works with the rights of who made it, and whoever may not call it cannot. Two bytes of a random UUID are not random, and are
 * left out.
 */
const EMIT = `create or replace function signalbox.emit(type text, data jsonb, account text) returns text
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $emit$
declare
  digits constant text := '0123456789abcdefghjkmnpqrstvwxyz';
  bits constant bytea := uuid_send(gen_random_uuid());
  called constant timestamptz := clock_timestamp();
  microseconds constant bigint := (extract(epoch from called) * 1000000)::bigint;
  moment constant bigint := microseconds / 1000 * 1024 + microseconds % 1000;
  made constant text := ${NEW_ID};
begin
  if emit.data is null then
    raise exception 'signalbox.emit: the data of ''%'' are null', emit.type
      using errcode = 'null_value_not_allowed', hint = 'Give what the schema of its type says, as jsonb.';
  end if;
  if not exists (select from signalbox.signalbox_event_types as known where known.name = emit.type) then
    raise exception 'signalbox.emit: there is no event type ''%''', emit.type using errcode = 'invalid_parameter_value',
      hint = 'Declare it in the api, by event(), and start the program: types are named here at its start.';
  end if;
  if not exists (select from signalbox.signalbox_accounts as known where known.id = emit.account) then
    raise exception 'signalbox.emit: there is no account ''%''', emit.account using errcode = 'foreign_key_violation',
      hint = 'Give the id of the one whose event it is: account => ''acc_…''. accounts.create() makes one.';
  end if;
  insert into signalbox.signalbox_emitted (id, account_id, type, created_at, data)
    values (made, emit.account, emit.type, to_char(called at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), emit.data::text);
  return made;
end $emit$`

export const emitting: readonly string[] = [
  // Of all versions of the program that have run here.
  `create table signalbox_event_types (
    name text primary key
  )`,
  // A row is taken away in the unit that makes an event of it. fault: why it can be none.
  `create table signalbox_emitted (
    id text primary key,
    account_id text not null,
    type text not null,
    created_at text not null,
    data text not null,
    fault text
  )`,
  'create index signalbox_emitted_account on signalbox_emitted (account_id, id)',
  'create index signalbox_emitted_new on signalbox_emitted (id) where fault is null',
  'create index signalbox_emitted_faults on signalbox_emitted (id) where fault is not null',
  EMIT,
  'revoke all on function signalbox.emit(text, jsonb, text) from public',
]
