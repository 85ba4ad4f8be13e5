import { DefinitionError, type ObjectShape, resolve, type Shape, type Wire } from '../../contract/index.ts'
import { isBounded } from '../json/containers.ts'
import { membersOf } from '../json/kinds.ts'

/** An object whose fields have columns of their own, in their order. */
export interface Columns {
  readonly object: ObjectShape
  readonly columns: readonly NamedColumn[]
}

export interface NamedColumn {
  readonly name: string
  readonly required: boolean
  readonly shape: Shape
  /** Undefined where it is one cell. */
  readonly inside: Columns | undefined
}

/**
 * The columns of rows. An object inside has columns of its own where its fields are all that it can have; one that
 * contains itself has a cell.
 *
 * @throws DefinitionError where there are none, or two of one name.
 */
export function columnsOf(wire: Wire, place: string): Columns {
  const shape = resolve(wire.shape, wire)
  if (shape.kind !== 'object' || shape.fields.length === 0) {
    throw new DefinitionError(
      place,
      'its rows are not objects with named members, and so have no columns',
      'Use an object',
    )
  }
  const columns = columnsOfObject(shape, wire, [])
  const names = headings(columns)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new DefinitionError(
      place,
      `two of its fields are the column '${twice}' of a CSV`,
      'Rename one of them',
    )
  }
  return columns
}

/** The names of columns: those of an object's fields come after its own, with dots. */
export const headings = ({ columns }: Columns): string[] =>
  columns.flatMap(({ name, inside }) =>
    inside === undefined ? [name] : headings(inside).map(heading => `${name}.${heading}`),
  )

function columnsOfObject(object: ObjectShape, wire: Wire, around: readonly ObjectShape[]): Columns {
  const within = [...around, object]
  const columns = object.fields.map(({ name, required, shape }) => {
    const flat = flatObject(shape, wire)
    const isCell = flat === undefined || within.includes(flat)
    return { name, required, shape, inside: isCell ? undefined : columnsOfObject(flat, wire, within) }
  })
  return { object, columns }
}

function flatObject(shape: Shape, wire: Wire): ObjectShape | undefined {
  const [only, ...others] = withoutNull(shape, wire)
  if (only?.kind !== 'object' || others.length > 0) return undefined
  return only.fields.length === 0 || only.rest !== undefined || isBounded(only) ? undefined : only
}

/** What a value is that is not null. */
export const withoutNull = (shape: Shape, wire: Wire) =>
  membersOf(shape, wire)
    .map(member => resolve(member, wire))
    .filter(member => member.kind !== 'null')
