import {
  type ObjectShape,
  patternOf,
  type RefShape,
  resolve,
  type Shape,
  type StringShape,
  type UnionShape,
  type Wire,
} from './shape.ts'

/** A value without what stands behind its first faults. */
export interface Cut {
  readonly value: unknown
  /** Where the shape says that something is wrong, as paths from the root. */
  readonly faults: readonly Path[]
}

type Path = readonly PropertyKey[]
type Form = Exclude<Shape, RefShape | UnionShape>

interface Cutting {
  readonly wire: Wire
  readonly most: number
  readonly faults: Path[]
}

/**
 * Cuts a value off behind its first `most` faults; undefined where it has fewer. Each value in it is looked at once, and
 * only as far as its shape says what it must be: a schema may know better, both ways. What several forms of a union could
 * be is passed over.
 */
export function cutBehind(value: unknown, wire: Wire, most: number): Cut | undefined {
  const faults: Path[] = []
  const left = cutValue(value, wire.shape, [], { wire, most, faults })
  return faults.length < most ? undefined : { value: left, faults }
}

function cutValue(value: unknown, shape: Shape, path: Path, cutting: Cutting): unknown {
  const forms = formsOf(shape, cutting.wire).filter(form => canBe(value, form))
  const meant =
    forms.length > 1 ? forms.filter(form => form.kind !== 'object' || isTold(value, form, cutting)) : forms
  const [only] = meant
  if (forms.length === 0) cutting.faults.push(path)
  if (only === undefined || meant.length > 1) return value
  if (only.kind === 'array') return cutItems(value as readonly unknown[], only, path, cutting)
  return only.kind === 'object' ? cutMembers(value as Members, only, path, cutting) : value
}

function cutItems(
  value: readonly unknown[],
  { prefix, items, minItems = 0 }: Extract<Shape, { kind: 'array' }>,
  path: Path,
  cutting: Cutting,
): readonly unknown[] {
  if (value.length < minItems) cutting.faults.push(path)
  for (const [i, each] of value.entries()) {
    const shape = prefix[i] ?? items
    if (shape === undefined) break
    const left = cutValue(each, shape, [...path, i], cutting)
    if (isFull(cutting)) return [...value.slice(0, i), left]
  }
  return value
}

type Members = { readonly [name: string]: unknown }

function cutMembers(value: Members, shape: ObjectShape, path: Path, cutting: Cutting): Members {
  const { faults, wire } = cutting
  const { rest, names } = shape
  for (const { name, required, readOnly } of shape.fields) {
    if (required && !readOnly && !Object.hasOwn(value, name)) faults.push([...path, name])
  }
  const named = fieldsOf(shape)
  const own = Object.keys(value)
  for (const [i, name] of own.entries()) {
    const field = named.get(name)
    const of = field ?? rest
    if (of === undefined) continue
    const at = [...path, name]
    const isNamed =
      field !== undefined || names === undefined || formsOf(names, wire).some(form => canBe(name, form))
    if (!isNamed) faults.push(at)
    const left = isNamed ? cutValue(value[name], of, at, cutting) : value[name]
    if (!isFull(cutting)) continue
    // What is small and named stays: it may tell which of several forms the whole has.
    const stays = own.filter((each, k) => k < i || (k > i && named.has(each) && !isContainer(value[each])))
    return Object.fromEntries([...stays.map(each => [each, value[each]] as const), [name, left]])
  }
  return value
}

const isFull = ({ faults, most }: Cutting): boolean => faults.length >= most

/** What a shape may be, the members of unions one by one. */
function formsOf(shape: Shape, wire: Wire): readonly Form[] {
  const meant = resolve(shape, wire)
  return meant.kind === 'union' ? meant.of.flatMap(member => formsOf(member, wire)) : [meant]
}

/** Containers are only told by their kind: what is in them is looked at by itself. */
function canBe(value: unknown, form: Form): boolean {
  switch (form.kind) {
    case 'any':
      return true
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    case 'number': {
      const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = form
      const isOne = typeof value === 'number' && (!form.integer || Number.isInteger(value))
      return isOne && value >= minimum && value <= maximum
    }
    case 'string':
      return typeof value === 'string' && isString(value, form)
    case 'literal':
      return form.values.some(each => each === value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isContainer(value) && !Array.isArray(value)
  }
}

const isContainer = (value: unknown): boolean => typeof value === 'object' && value !== null

/** Libraries count lengths in UTF-16. */
function isString(value: string, shape: StringShape): boolean {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = shape
  return (
    value.length >= minLength &&
    value.length <= maxLength &&
    patternsOf(shape).every(each => each.test(value))
  )
}

/** Whether no field with listed values says that it is another form. */
const isTold = (value: unknown, { fields }: ObjectShape, { wire }: Cutting): boolean =>
  fields.every(({ name, shape }) => {
    const meant = resolve(shape, wire)
    return meant.kind !== 'literal' || canBe((value as Members)[name], meant)
  })

const patternsOf = remembered((shape: StringShape) => shape.patterns.map(patternOf))
const fieldsOf = remembered(
  (shape: ObjectShape): ReadonlyMap<string, Shape> =>
    new Map(shape.fields.map(field => [field.name, field.shape])),
)

/** Shapes are made at start and live as long as the api. */
function remembered<S extends Shape, T>(make: (shape: S) => T): (shape: S) => T {
  const known = new WeakMap<S, T>()
  return shape => {
    const made = known.get(shape) ?? make(shape)
    known.set(shape, made)
    return made
  }
}
