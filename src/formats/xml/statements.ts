import { type ArrayShape, type ObjectShape, resolve, type Shape } from '../../contract/index.ts'
import type { Body, Spot, Statements } from '../json/program.ts'
import { listed, must } from '../json/statements.ts'
import { union } from '../json/union.ts'
import { writeAny } from './any.ts'
import { bare, textsOf } from './bare.ts'
import { escapeText } from './characters.ts'
import { type Elements, listItems, objectInside } from './containers.ts'
import {
  declareNil,
  type Forms,
  ITEM,
  isAllElements,
  type Layouts,
  listLayout,
  MARKS,
  NIL,
  objectLayout,
  type ValueLayout,
  valueLayout,
} from './layout.ts'

/**
 * Writes the statements that check a value and write its inside: what follows the name in its start tag, up to its end
 * tag. `>text`, ` xsi:nil="true">`, ` id="7"><name>…</name>`.
 */
export function statementsOf(layouts: Layouts): Statements {
  const statements: Statements = (shape, spot, body) => {
    if (shape.kind === 'ref') {
      body.value(call(resolve(shape, layouts.wire), spot, body))
      return
    }
    const layout = valueLayout(shape, layouts)
    const member: Statements = (of, at, inner) => inside(of, layout, at, inner)
    if (layout.any) any(layouts, spot, body)
    else if (shape.kind === 'union') union(shape, spot, body, member)
    else member(shape, spot, body)
  }
  const elements: Elements = { layouts, statements }

  const inside = (member: Shape, layout: ValueLayout, spot: Spot, body: Body) => {
    const meant = resolve(member, layouts.wire)
    if (meant.kind === 'object' || meant.kind === 'array') {
      container(member, meant, layout, spot, body)
    } else if (meant.kind === 'literal') {
      if (meant.values.includes(null)) declareNil(layouts)
      const mark = stringMark(layout)
      const inside = (text: string, value: unknown) =>
        value === null ? `${NIL}>` : `${typeof value === 'string' ? mark(value) : ''}>${text}`
      body.value(listed(textsOf(meant, escapeText, inside), spot, body))
    } else if (meant.kind === 'null') {
      declareNil(layouts)
      must([{ code: `${spot.value} === null`, expected: 'null' }], spot, body)
      body.text(`${NIL}>`)
    } else {
      if (meant.kind === 'string' && layout.mixed)
        body.value(`${body.program.bind(stringMark(layout))}(${spot.value})`)
      body.text('>')
      bare(meant, escapeText, spot, body)
    }
  }

  const container = (
    member: Shape,
    meant: ObjectShape | ArrayShape,
    layout: ValueLayout,
    spot: Spot,
    body: Body,
  ) => {
    const isObject = meant.kind === 'object'
    body.text(formMark(member, isObject ? layout.objects : layout.arrays))
    if (layout.mixed) {
      // An object shows by the elements in it that it is one.
      if (isObject && isAllElements(objectLayout(meant, layouts))) {
        body.value(`${body.program.bind(markedIfEmpty)}(${call(meant, spot, body)})`)
      } else {
        body.text(` ${MARKS.type}="${meant.kind}"`)
        body.value(call(meant, spot, body))
      }
    } else if (member.kind === 'ref') body.value(call(meant, spot, body))
    else if (isObject) objectInside(objectLayout(meant, layouts), elements, spot, body)
    else {
      body.text('>')
      listItems(listLayout(meant, ITEM, layouts), elements, spot, body)
    }
  }
  return statements
}

function any(layouts: Layouts, { value, pointer, depth }: Spot, body: Body): void {
  declareNil(layouts)
  // What it holds is looked at when it is written.
  if (body.purpose === 'fits') body.line(`if (${value} === undefined) return false`)
  const { bind, place } = body.program
  body.value(`${bind(writeAny)}(${value}, ${JSON.stringify(place)}, ${pointer}, d + ${depth})`)
}

/** The text that the function of a shape gives, as an expression. */
function call(shape: Shape, { value, pointer, depth }: Spot, body: Body): string {
  const { functionFor, fresh } = body.program
  const result = fresh('r')
  body.line(`const ${result} = ${functionFor(body.purpose, shape)}(${value}, ${pointer}, d + ${depth})`)
  if (body.purpose === 'fits') body.line(`if (!${result}) return false`)
  return result
}

/** Says that a text is a string where it would be read as something else. */
const stringMark =
  ({ mixed, spell }: ValueLayout) =>
  (text: string): string =>
    mixed && spell(text) !== text ? ` ${MARKS.type}="string"` : ''

const formMark = (member: Shape, { of, numbered }: Forms): string => {
  const index = of.indexOf(member)
  return numbered && index > 0 ? ` ${MARKS.form}="${index + 1}"` : ''
}

const markedIfEmpty = (inside: string): string => (inside === '>' ? ` ${MARKS.type}="object">` : inside)
