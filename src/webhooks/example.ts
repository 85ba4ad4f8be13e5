import {
  type ArrayShape,
  type JsonSchema,
  type ObjectShape,
  resolve,
  type Shape,
  type StringShape,
  type Wire,
} from '../contract/index.ts'
import { AnswerMismatch, compileJsonWriter } from '../formats/index.ts'

// A value for readers, made from a schema: what its author gives as `examples` or `default`, else the plainest value that
// fits. Whatever is chosen is checked by the writer of answers, so what is shown is valid.

/** Levels after which only what must be there is. */
const DEEP = 6

/** Undefined where no value was found that fits: a pattern, say, for which the schema gives no example. */
export function exampleOf(wire: Wire, place: string): unknown {
  const making: Making = {
    wire,
    fits: (shape, value) => {
      try {
        compileJsonWriter({ ...wire, shape }, place)(value)
        return true
      } catch (error) {
        if (error instanceof AnswerMismatch) return false
        throw error
      }
    },
  }
  const value = make({ shape: wire.shape, hints: [wire.jsonSchema], name: 'value', depth: 0, nth: 0 }, making)
  return value !== undefined && making.fits(wire.shape, value) ? value : undefined
}

interface Making {
  readonly wire: Wire
  readonly fits: (shape: Shape, value: unknown) => boolean
}

interface Spot {
  readonly shape: Shape
  /** The parts of the schema that describe this value: they alone have examples and defaults. */
  readonly hints: readonly JsonSchema[]
  /** What it is called where it stands. */
  readonly name: string
  readonly depth: number
  /** Tells it from its neighbours in a list. */
  readonly nth: number
}

/** Undefined where nothing was found. */
function make(spot: Spot, making: Making): unknown {
  const hints = meant(spot.hints, making.wire)
  const given = hints.flatMap(({ examples, default: usual }): unknown[] => [
    ...(Array.isArray(examples) ? (examples as unknown[]) : []),
    ...(usual === undefined ? [] : [usual]),
  ])
  const found = given.find(value => making.fits(spot.shape, value))
  if (found !== undefined) return found
  const shape = resolve(spot.shape, making.wire)
  const at = { ...spot, hints }
  switch (shape.kind) {
    case 'object':
      return object(shape, at, making)
    case 'array':
      return array(shape, at, making)
    case 'union':
      return union(shape.of, at, making)
    case 'literal':
      return shape.values[spot.nth % shape.values.length]
    case 'null':
      return null
    case 'boolean':
      return true
    case 'any':
      return spot.name
    default:
      return (shape.kind === 'number' ? numbers(shape, spot.nth) : strings(shape, spot)).find(value =>
        making.fits(shape, value),
      )
  }
}

function object({ fields, rest, minProperties = 0 }: ObjectShape, spot: Spot, making: Making): unknown {
  const depth = spot.depth + 1
  const members: [string, unknown][] = []
  for (const { name, shape, required } of fields) {
    if (!required && depth > DEEP) continue
    const hints = spot.hints.flatMap(hint => asSchema(own(hint['properties'], name)))
    const value = make({ shape, hints, name, depth, nth: 0 }, making)
    if (value !== undefined) members.push([name, value])
    else if (required) return undefined
  }
  const more = Math.max(minProperties - members.length, rest !== undefined && depth <= DEEP ? 1 : 0)
  for (let nth = 0; rest !== undefined && nth < more; nth++) {
    const hints = spot.hints.flatMap(hint => asSchema(hint['additionalProperties']))
    const name = `name${nth === 0 ? '' : nth + 1}`
    const value = make({ shape: rest, hints, name, depth, nth }, making)
    if (value !== undefined) members.push([name, value])
  }
  // fromEntries defines members, so that a field called __proto__ is nothing but a member.
  return Object.fromEntries(members)
}

function array({ prefix, items, minItems = 0, maxItems }: ArrayShape, spot: Spot, making: Making): unknown {
  const depth = spot.depth + 1
  const wanted = Math.max(minItems, prefix.length + (depth <= DEEP ? 1 : 0))
  const length = Math.min(wanted, maxItems ?? wanted, items === undefined ? prefix.length : wanted)
  const hints = spot.hints.flatMap(hint => asSchema(hint['items']))
  const made: unknown[] = []
  for (let nth = 0; nth < length; nth++) {
    const value = make({ shape: prefix[nth] ?? items ?? ANY, hints, name: spot.name, depth, nth }, making)
    if (value === undefined) break
    made.push(value)
  }
  return made
}

const ANY: Shape = { kind: 'any' }

/** The first member that is more than null; null where it is deep, so that what contains itself ends. */
function union(of: readonly Shape[], spot: Spot, making: Making): unknown {
  const nulls = of.filter(member => resolve(member, making.wire).kind === 'null')
  const others = of.filter(member => !nulls.includes(member))
  for (const shape of spot.depth > DEEP ? [...nulls, ...others] : [...others, ...nulls]) {
    const value = make({ ...spot, shape }, making)
    if (value !== undefined) return value
  }
  return undefined
}

/** Plain numbers first, then those next to the limits. */
function numbers(shape: Extract<Shape, { kind: 'number' }>, nth: number): number[] {
  const { integer, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf = 1 } = shape
  const from = minimum ?? exclusiveMinimum ?? 0
  const to = maximum ?? exclusiveMaximum ?? 0
  const multiple = (Math.ceil(from / multipleOf) + 1 + nth) * multipleOf
  const plain = integer ? [1 + nth] : [12.5 + nth]
  return [...plain, 1 + nth, 0, from, from + 1 + nth, to, to - 1 - nth, (from + to) / 2, multiple]
}

const BY_FORMAT: { readonly [format: string]: string } = {
  'date-time': '2026-11-23T08:00:00.000Z',
  date: '2026-11-23',
  time: '08:00:00Z',
  duration: 'PT15M',
  uuid: '019ab54c-5f80-7c3a-9d51-0f6f2a8f4b11',
  email: 'ann@example.com',
  uri: 'https://example.com/',
  'uri-reference': '/articles/1',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
}

/** What patterns often ask for, tried one after the other. */
const COMMON = [
  'a',
  'A',
  '1',
  'abc',
  'ABC',
  '123',
  'EUR',
  'en',
  'a-b',
  'a_b',
  'a1',
  'A1',
  '#aabbcc',
  '1.0.0',
  '+441234567890',
]

function strings({ minLength = 0, maxLength, format = '' }: StringShape, { name, nth }: Spot): string[] {
  const byFormat = BY_FORMAT[format]
  if (byFormat !== undefined && nth === 0) return [byFormat]
  const numbered = nth === 0 ? name : `${name} ${nth + 1}`
  const own = [numbered.padEnd(minLength, '-').slice(0, maxLength)]
  return [...(byFormat === undefined ? [] : [byFormat]), ...own, ...COMMON]
}

/** The schemas that stand behind references, choices and parts of these. */
function meant(hints: readonly JsonSchema[], wire: Wire): readonly JsonSchema[] {
  const all = new Set<JsonSchema>()
  const add = (hint: JsonSchema): void => {
    if (all.has(hint)) return
    all.add(hint)
    for (const inner of ['allOf', 'anyOf', 'oneOf'].flatMap(keyword => (hint[keyword] ?? []) as JsonSchema[]))
      add(inner)
    const target = targetOf(hint['$ref'], wire)
    if (target !== undefined) add(target)
  }
  for (const hint of hints) add(hint)
  return [...all]
}

/** The schema that a reference of this document leads to: `#`, `#/$defs/Node`. */
function targetOf(reference: unknown, { jsonSchema }: Wire): JsonSchema | undefined {
  if (typeof reference !== 'string') return undefined
  const [, ...names] = reference.split('/').map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  return asSchema(names.reduce<unknown>(own, jsonSchema))[0]
}

const asSchema = (value: unknown): JsonSchema[] =>
  typeof value === 'object' && value !== null ? [value as JsonSchema] : []

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as JsonSchema)[name]
    : undefined
