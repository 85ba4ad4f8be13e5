import assert from 'node:assert/strict'
import { test } from 'node:test'
import { context, propagation, SpanKind, type TextMapPropagator, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import * as z from 'zod'
import { api, endpoint } from '../../src/contract/index.ts'
import type { LogRecord } from '../../src/telemetry/index.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

/** W3C Trace Context §3.2, as an SDK brings it. */
const w3c: TextMapPropagator = {
  inject: () => undefined,
  fields: () => ['traceparent'],
  extract(from, carrier, getter) {
    const given = getter.get(carrier, 'traceparent')
    const [, traceId, spanId] = String(given).split('-')
    if (traceId === undefined || spanId === undefined) return from
    return trace.setSpanContext(from, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true })
  },
}

const exporter = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(w3c)

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${TRACE}-b7ad6b7169203331-01`

test('one trace leads from the request that emitted, through its unit of work, to the receiver', async () => {
  await using fixture = await startFixture(library)
  const receiver = await startReceiver()
  await fixture.send('POST', '/v1/webhooks', {
    url: `${receiver.url}/hunter2secret`,
    events: ['book.created'],
  })
  exporter.reset()
  await fixture.send('POST', '/v1/books', { title: 'Emma', pages: 474 }, { traceparent })
  const { headers } = await receiver.next(() => true)
  const spans = await until(
    async () => exporter.getFinishedSpans().filter(span => span.spanContext().traceId === TRACE),
    found => found.length >= 3,
    'the spans',
  )
  const named = (name: string) => spans.find(span => span.name === name) ?? assert.fail(`no span ${name}`)
  const [server, unit, client] = [named('POST /v1/books'), named('unit of work'), named('POST')]
  assert.equal(server.kind, SpanKind.SERVER)
  assert.equal(server.parentSpanContext?.spanId, 'b7ad6b7169203331')
  assert.equal(server.attributes['http.response.status_code'], 201)
  assert.equal(server.attributes['http.route'], '/v1/books')
  assert.equal(unit.parentSpanContext?.spanId, server.spanContext().spanId)
  assert.equal(client.kind, SpanKind.CLIENT)
  assert.equal(client.parentSpanContext?.spanId, unit.spanContext().spanId)
  assert.equal(client.attributes['http.response.status_code'], 204)
  assert.equal(headers['traceparent'], `00-${TRACE}-${client.spanContext().spanId}-01`)
  assert.doesNotMatch(JSON.stringify(spans.map(span => span.attributes)), /hunter2/)
  await receiver.close()
})

test('prepare and the run of an operation are spans of the trace that they belong to', async () => {
  await using fixture = await startFixture(library)
  exporter.reset()
  await fixture.send('POST', '/v1/prepares', undefined, { traceparent })
  await fixture.send('POST', '/v1/bindings', { titles: ['a'] }, { traceparent })
  const names = await until(
    async () =>
      exporter
        .getFinishedSpans()
        .filter(span => span.spanContext().traceId === TRACE)
        .map(({ name }) => name),
    found => found.includes('operation bind'),
    'the run',
  )
  assert.ok(names.includes('prepare'), String(names))
})

const SECRET = 'hunter2-tiger-tail'

const faulty = api({
  title: 'Faulty',
  version: '1',
  base: '/v1',
  endpoints: {
    quote: endpoint({
      method: 'POST',
      path: '/quote/{id}',
      input: z.object({ text: z.string() }),
      handle: ({ input, params }) => {
        throw new Error(`cannot take ${input.text} of ${params.id}`, { cause: new Error(input.text) })
      },
    }),
    ask: endpoint({
      method: 'GET',
      path: '/ask',
      input: z.object({ q: z.string() }),
      handle: ({ input }) => {
        throw new TypeError(`no ${input.q}`)
      },
    }),
  },
})

test('no key, secret, body or query is in the log, the spans, the metrics or the log of requests', async () => {
  const records: LogRecord[] = []
  const metrics = { key: 'a-key-for-the-metrics' }
  await using fixture = await startFixture(faulty, {
    log: { level: 'info', write: record => records.push(record) },
    metrics,
  })
  const { send, key, url } = fixture
  exporter.reset()
  const headers = { 'user-agent': `x ${key}`, 'x-secret': SECRET, cookie: `session=${SECRET}` }
  await send('POST', `/v1/quote/${SECRET}?a=${SECRET}`, { text: SECRET }, headers)
  await send('GET', `/v1/ask?q=${SECRET}`, undefined, headers)
  await send('GET', `/v1/nothing/${SECRET}?${SECRET}=${key}`, undefined, headers)
  await send('GET', `/portal/${SECRET}`)
  await send('POST', '/v1/webhooks', { url: `https://ann:${SECRET}@example.com/`, events: [SECRET] })
  await fetch(`${url}/v1/keys`, { headers: { authorization: `Bearer ${SECRET}` } })
  const { body: requests } = await until(
    () => send('GET', '/v1/requests'),
    ({ body }) => body.data.length >= 3,
    'the log of requests',
  )
  const read = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metrics.key}` } })
  const all = {
    records,
    requests,
    metrics: await read.text(),
    spans: exporter
      .getFinishedSpans()
      .map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  }
  for (const [where, what] of Object.entries(all)) {
    const text = JSON.stringify(what)
    for (const secret of [SECRET, key, metrics.key]) assert.ok(!text.includes(secret), `${where}: ${text}`)
  }
  const failures = records.filter(({ kind }) => kind === 'failure')
  assert.equal(failures.length, 2)
  assert.match(String(failures[0]?.['message']), /^cannot take … of …$/)
  assert.match(String(failures[0]?.['stack']), /telemetry\.test\.ts/)
  assert.equal(typeof failures[0]?.['trace_id'], 'string')
  const request = records.find(({ kind }) => kind === 'request')
  assert.deepEqual(
    [
      request?.['method'],
      request?.['route'],
      request?.['status'],
      request?.['problem'],
      request?.['account_id'],
    ],
    ['POST', '/v1/quote/{id}', 500, 'internal-error', fixture.account],
  )
  assert.equal(records[0]?.kind, 'started')
})
