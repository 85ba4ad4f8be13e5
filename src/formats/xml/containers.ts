import { resolve, type Shape } from '../../contract/index.ts'
import {
  eachOther,
  fieldSpot,
  isBounded,
  itemSpot,
  mustBeArray,
  mustBeObject,
  mustHaveMembers,
} from '../json/containers.ts'
import { kindsOf } from '../json/kinds.ts'
import type { Body, Spot, Statements } from '../json/program.ts'
import { union } from '../json/union.ts'
import { bare, type Escape } from './bare.ts'
import { cdata, escapeAttribute, escapeText } from './characters.ts'
import {
  declareNil,
  type FieldLayout,
  type Layouts,
  type ListLayout,
  type ListPlace,
  MARKS,
  NIL,
  needsElement,
  type ObjectLayout,
  restPlace,
} from './layout.ts'
import type { Tag } from './tags.ts'

/** What writes the elements of one schema. */
export interface Elements {
  readonly layouts: Layouts
  readonly statements: Statements
}

/** The name of an element: fixed, or an expression that is evaluated already. */
type Name = Tag | { readonly code: string }

/** The attributes of an object, the end of its start tag, and what is in it. */
export function objectInside(layout: ObjectLayout, elements: Elements, spot: Spot, body: Body): void {
  const { shape } = layout
  const count = body.program.fresh('n')
  mustBeObject(shape, spot, body)
  if (isBounded(shape)) body.line(`let ${count} = 0`)
  const spots = new Map(layout.fields.map(field => [field, fieldSpot(field.field.name, spot, body)]))
  const each = (write: (field: FieldLayout, inside: Spot) => void) => {
    for (const [field, inside] of spots) {
      if (field.field.required) write(field, inside)
      else body.block(`if (${inside.value} !== undefined)`, () => write(field, inside))
    }
  }
  const attributes = layout.fields.some(({ node }) => node === 'attribute')
  if (attributes) each((field, inside) => attribute(field, elements, inside, body))
  body.text('>')
  each((field, inside) => {
    content(field, elements, inside, body)
    if (isBounded(shape)) body.line(`${count}++`)
  })
  const { rest } = shape
  if (rest !== undefined) {
    eachOther(shape, spot, body, (key, inside) => {
      others(layout, rest, elements, key, inside, body)
      if (isBounded(shape)) body.line(`${count}++`)
    })
  }
  if (isBounded(shape)) mustHaveMembers(shape, spot, count, body)
}

function attribute(layout: FieldLayout, elements: Elements, spot: Spot, body: Body): void {
  if (layout.node !== 'attribute') return
  const write = () => {
    body.text(` ${layout.tag.name}="`)
    scalar(layout, escapeAttribute, elements, spot, body)
    body.text('"')
  }
  if (layout.nullable) body.block(`if (${spot.value} !== null)`, write)
  else write()
}

/** What of a field stands between the tags of its object. */
function content(layout: FieldLayout, elements: Elements, spot: Spot, body: Body): void {
  const { field, node, tag } = layout
  switch (node) {
    case 'attribute':
      if (needsElement(layout)) nullable(true, tag, NIL, elements, spot, body, () => undefined)
      break
    case 'text':
    case 'cdata': {
      const write = () => scalar(layout, node === 'cdata' ? cdata : escapeText, elements, spot, body)
      if (!needsElement(layout)) {
        write()
        break
      }
      const beyond = field.required ? '' : ` || ${spot.value} === ''`
      body.block(`if (${spot.value} === null${beyond})`, () =>
        element(tag, field.shape, elements, spot, body),
      )
      body.block('else', write)
      break
    }
    case 'list':
      list({ ...layout, marked: !field.required }, tag, elements, spot, body)
      break
    case 'wrapped':
      nullable(layout.nullable, tag, NIL, elements, spot, body, () => {
        open(tag, body)
        body.text('>')
        listItems(layout.list, elements, spot, body)
        close(tag, body)
      })
      break
    case 'element':
      element(tag, field.shape, elements, spot, body)
      break
  }
}

/** A member that no field names. */
function others(
  { nameOf }: ObjectLayout,
  rest: Shape,
  elements: Elements,
  key: string,
  spot: Spot,
  body: Body,
): void {
  const { fresh, bind } = body.program
  const name = { code: fresh('e') }
  body.line(`const ${name.code} = ${bind(nameOf)}(${key})`)
  const place = restPlace(rest, elements.layouts)
  if (place === undefined) element(name, rest, elements, spot, body)
  else list(place, name, elements, spot, body)
}

/** An element with a value in it. */
function element(name: Name, shape: Shape, elements: Elements, spot: Spot, body: Body): void {
  const isNullable = shape.kind !== 'any' && kindsOf(shape, elements.layouts.wire).has('null')
  nullable(isNullable, name, NIL, elements, spot, body, () => {
    open(name, body)
    elements.statements(shape, spot, body)
    close(name, body)
  })
}

/** A list that is its items. One without an item, where that is not none at all, is an element that says so. */
function list(
  { list: layout, nullable: isNullable, marked }: ListPlace,
  name: Name,
  elements: Elements,
  spot: Spot,
  body: Body,
): void {
  const write = () => {
    listItems(layout, elements, spot, body, name)
    if (!marked) return
    body.block(`if (${spot.value}.length === 0)`, () => {
      open(name, body)
      body.text(`${EMPTY}/>`)
    })
  }
  // Of a list whose items can be null, a null element is an item.
  nullable(isNullable, name, layout.nullItems ? `${EMPTY}${NIL}` : NIL, elements, spot, body, write)
}

/** The items of an array, each an element of its own name, or of the one that is given. */
export function listItems(
  { shape, tags }: ListLayout,
  elements: Elements,
  spot: Spot,
  body: Body,
  given?: Name,
): void {
  const { value } = spot
  mustBeArray(shape, spot, body)
  const name = (position: number) =>
    given !== undefined && 'code' in given ? given : (tags[position] as Tag)
  shape.prefix.forEach((of, i) => {
    body.block(`if (${value}.length > ${i})`, () =>
      element(name(i), of, elements, itemSpot(String(i), spot, body), body),
    )
  })
  const { items, prefix } = shape
  if (items === undefined) return
  const i = body.program.fresh('i')
  body.block(`for (let ${i} = ${prefix.length}; ${i} < ${value}.length; ${i}++)`, () =>
    element(name(prefix.length), items, elements, itemSpot(i, spot, body), body),
  )
}

/** The scalar of an attribute or a text. */
function scalar(
  { field: { shape } }: FieldLayout,
  escaped: Escape,
  { layouts: { wire } }: Elements,
  spot: Spot,
  body: Body,
): void {
  const meant = resolve(shape, wire)
  if (meant.kind !== 'union') bare(meant, escaped, spot, body)
  else union(meant, spot, body, (member, at, inner) => bare(resolve(member, wire), escaped, at, inner))
}

function nullable(
  isNullable: boolean,
  name: Name,
  mark: string,
  { layouts }: Elements,
  spot: Spot,
  body: Body,
  write: () => void,
): void {
  if (!isNullable) {
    write()
    return
  }
  declareNil(layouts)
  body.block(`if (${spot.value} === null)`, () => {
    open(name, body)
    body.text(`${mark}/>`)
  })
  body.block('else', write)
}

function open(name: Name, body: Body): void {
  if ('open' in name) {
    body.text(name.open)
  } else {
    body.text('<')
    body.value(name.code)
  }
}

function close(name: Name, body: Body): void {
  if ('open' in name) {
    body.text(`</${name.name}>`)
  } else {
    body.text('</')
    body.value(name.code)
    body.text('>')
  }
}

const EMPTY = ` ${MARKS.empty}="true"`
