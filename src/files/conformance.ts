import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Sink } from './port.ts'

/** A sink of its own, empty at first. */
export interface OpenedSink {
  readonly sink: Sink
  /** Lets go of it, and removes what is in it. */
  cleanup(): Promise<void>
}

const ID = `fil_${'0'.repeat(25)}1`
const OTHER = `fil_${'0'.repeat(25)}2`
/** Every time is before it. */
const EVER = Number.MAX_SAFE_INTEGER

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const each of from) list.push(each)
  return list
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await all(bytes)).toString()
}

/** Every rule of the port, as tests. A sink is one when they pass. */
export function describeSink(name: string, open: () => Promise<OpenedSink>): void {
  const rule = (title: string, body: (sink: Sink) => Promise<void>): void => {
    test(title, { timeout: 60_000 }, async () => {
      const { sink, cleanup } = await open()
      try {
        await body(sink)
      } finally {
        await cleanup()
      }
    })
  }
  describe(name, () => {
    describe('writing', () => writeRules(rule))
    describe('reading', () => readRules(rule))
    describe('removing and listing', () => listRules(rule))
  })
}

type Rule = (title: string, body: (sink: Sink) => Promise<void>) => void

function writeRules(rule: Rule): void {
  rule('what was written is there in full, an empty file too', async sink => {
    await sink.write(ID, pieces('one ', 'two ', 'three'))
    await sink.write(OTHER, pieces())
    assert.equal(await textOf(sink.read(ID, { first: 0, last: 12 })), 'one two three')
    assert.equal(await textOf(sink.read(OTHER, { first: 0, last: -1 })), '')
  })

  rule('bytes that break off are an error, the same one, and nothing is left of them', async sink => {
    const broken = new Error('the caller went away')
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      throw broken
    }
    await assert.rejects(sink.write(ID, breaking()), error => error === broken)
    assert.deepEqual(await all(sink.list(EVER)), [])
    await assert.rejects(textOf(sink.read(ID, { first: 0, last: 3 })))
  })

  rule('a sink takes the next piece once it has dealt with the one before', async sink => {
    let asked = 0
    async function* counted(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 50; i++) {
        asked++
        yield new Uint8Array(256 * 1024)
      }
    }
    const writing = sink.write(ID, counted())
    await new Promise(resolve => setImmediate(resolve))
    assert.ok(asked < 50, `${asked} pieces were asked for at once`)
    await writing
    assert.equal(asked, 50)
  })
}

function readRules(rule: Rule): void {
  rule('a range is its bytes, both ends included, and no others', async sink => {
    await sink.write(ID, pieces('0123456789'))
    assert.equal(await textOf(sink.read(ID, { first: 3, last: 5 })), '345')
    assert.equal(await textOf(sink.read(ID, { first: 9, last: 9 })), '9')
  })

  rule('what is not there, or not so long, is an error', async sink => {
    await sink.write(ID, pieces('short'))
    await assert.rejects(textOf(sink.read(OTHER, { first: 0, last: 0 })))
    await assert.rejects(textOf(sink.read(ID, { first: 0, last: 5 })))
  })

  rule('a reading that is under way, or was given up, hinders nobody', async sink => {
    await sink.write(ID, pieces('x'.repeat(1_000_000)))
    for await (const piece of sink.read(ID, { first: 0, last: 999_999 })) {
      assert.ok(piece.length > 0)
      break
    }
    await sink.remove(ID)
    assert.deepEqual(await all(sink.list(EVER)), [])
  })
}

function listRules(rule: Rule): void {
  rule('what was removed is gone, and may be removed again', async sink => {
    await sink.write(ID, pieces('gone'))
    await sink.remove(ID)
    await sink.remove(ID)
    await assert.rejects(textOf(sink.read(ID, { first: 0, last: 0 })))
    assert.deepEqual(await all(sink.list(EVER)), [])
  })

  rule('what is older is listed, and nothing else', async sink => {
    await sink.write(ID, pieces('a'))
    await sink.write(OTHER, pieces('b'))
    assert.deepEqual((await all(sink.list(EVER))).toSorted(), [ID, OTHER])
    assert.deepEqual(await all(sink.list(0)), [])
  })

  rule('an id that is none of ours is refused', async sink => {
    for (const id of ['../out', 'fil_', `fil_${'0'.repeat(24)}/1`, '']) {
      await assert.rejects(async () => await sink.write(id, pieces('x')), id)
    }
  })
}
