import { type Frame, fail, spend } from './frame.ts'
import type { Span } from './text.ts'
import { parseDuration, parseTimestamp } from './times.ts'
import { BOOL, DOUBLE, DURATION, INTEGER, type Kind, STRING, TIMESTAMP, type Type } from './types.ts'
import { isList, isObject, namesIn, stepsFor } from './values.ts'

/** One way to call a function. What comes is of the kinds that it takes. */
export interface Form {
  /** Of the receiver where it is a method, and of the arguments: one or two in all. */
  readonly takes: readonly [readonly Kind[], ...(readonly Kind[])[]]
  readonly gives: Type
  readonly of: (first: unknown, second: unknown, frame: Frame, span: Span) => unknown
}

export interface Functions {
  readonly [name: string]: readonly Form[]
}

const text = (of: (text: string) => unknown, gives: Type, cost = stepsFor): Form => ({
  takes: [['string']],
  gives,
  of: (value, _, frame, span) => {
    const given = String(value)
    return spend(frame, cost(given.length), span) ? of(given) : undefined
  },
})

/** Engines search in the product of both lengths at worst: 1 MB for 200 KB of it took 55 s. */
const searchSteps = (text: number, part: number): number => stepsFor(text) + (text * part) / 32

const textPair = (of: (text: string, part: string) => boolean, cost: typeof searchSteps): Form => ({
  takes: [['string'], ['string']],
  gives: BOOL,
  of: (a, b, frame, span) => {
    const [whole, part] = [String(a), String(b)]
    return spend(frame, cost(whole.length, part.length), span) ? of(whole, part) : undefined
  },
})

const sized: Form = {
  takes: [['string', 'list', 'object']],
  gives: INTEGER,
  of: (value, _, frame, span) => {
    if (isList(value)) return value.length
    if (typeof value === 'string') return spend(frame, value.length, span) ? codePoints(value) : undefined
    return isObject(value) ? namesIn(value, frame, span)?.length : undefined
  },
}

function codePoints(text: string): number {
  let pairs = 0
  for (let i = 1; i < text.length; i++)
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) pairs++
  return text.length - pairs
}

const ofTime = (of: (date: Date) => number): readonly Form[] => [
  { takes: [['timestamp']], gives: INTEGER, of: ms => of(new Date(Number(ms))) },
]
const ofDuration = (unitMs: number): Form => ({
  takes: [['duration']],
  gives: INTEGER,
  of: ms => Math.trunc(Number(ms) / unitMs) + 0,
})
const DAY_MS = 86_400_000

/** Methods of CEL and its string extension, in UTC. `matches` is apart, since its pattern is prepared. */
export const METHODS: Functions = {
  size: [sized],
  contains: [textPair((whole, part) => whole.includes(part), searchSteps)],
  startsWith: [
    textPair(
      (whole, part) => whole.startsWith(part),
      (_, part) => stepsFor(part),
    ),
  ],
  endsWith: [
    textPair(
      (whole, part) => whole.endsWith(part),
      (_, part) => stepsFor(part),
    ),
  ],
  lowerAscii: [
    text(
      whole => whole.replace(/[A-Z]+/g, part => part.toLowerCase()),
      STRING,
      units => units * 2,
    ),
  ],
  upperAscii: [
    text(
      whole => whole.replace(/[a-z]+/g, part => part.toUpperCase()),
      STRING,
      units => units * 2,
    ),
  ],
  trim: [text(whole => whole.trim(), STRING)],
  getFullYear: ofTime(date => date.getUTCFullYear()),
  getMonth: ofTime(date => date.getUTCMonth()),
  getDate: ofTime(date => date.getUTCDate()),
  getDayOfMonth: ofTime(date => date.getUTCDate() - 1),
  getDayOfWeek: ofTime(date => date.getUTCDay()),
  getDayOfYear: ofTime(date => Math.floor((date.getTime() - new Date(date).setUTCMonth(0, 1)) / DAY_MS)),
  getHours: [...ofTime(date => date.getUTCHours()), ofDuration(3_600_000)],
  getMinutes: [...ofTime(date => date.getUTCMinutes()), ofDuration(60_000)],
  getSeconds: [...ofTime(date => date.getUTCSeconds()), ofDuration(1000)],
  getMilliseconds: ofTime(date => date.getUTCMilliseconds()),
}

const timestamps: readonly Form[] = [
  {
    takes: [['string']],
    gives: TIMESTAMP,
    of: (value, _, frame, span) =>
      parseTimestamp(String(value)) ??
      fail(frame, span, text => `${text} is not an RFC 3339 time such as 2026-11-23T08:00:00Z`),
  },
]
const durations: readonly Form[] = [
  {
    takes: [['string']],
    gives: DURATION,
    of: (value, _, frame, span) =>
      parseDuration(String(value)) ??
      fail(frame, span, text => `${text} is not a duration such as 1h30m or 90s`),
  },
]

const LONGEST_NUMBER = 64
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const INTEGER_TEXT = /^[+-]?\d+$/

/** The number that a value stands for, NaN where it stands for none. */
const numberOf = (value: unknown, grammar: RegExp): number =>
  typeof value !== 'string' || (value.length <= LONGEST_NUMBER && grammar.test(value))
    ? Number(value)
    : Number.NaN

export const FUNCTIONS: Functions = {
  size: [sized],
  timestamp: timestamps,
  duration: durations,
  int: [
    {
      takes: [['number', 'string']],
      gives: INTEGER,
      of: (value, _, frame, span) => {
        const whole = Math.trunc(numberOf(value, INTEGER_TEXT)) + 0
        return Number.isSafeInteger(whole)
          ? whole
          : fail(frame, span, text => `${text} is not an integer below 2^53`)
      },
    },
  ],
  double: [
    {
      takes: [['number', 'string']],
      gives: DOUBLE,
      of: (value, _, frame, span) => {
        const double = numberOf(value, NUMBER)
        return Number.isNaN(double) ? fail(frame, span, text => `${text} is not a number`) : double
      },
    },
  ],
  string: [
    {
      takes: [['string', 'number', 'bool']],
      gives: STRING,
      of: value => String(value),
    },
  ],
}
