import type { Shape, Wire } from '../../contract/index.ts'
import { AnswerMismatch } from '../answer-mismatch.ts'
import { MAX_DEPTH } from './limits.ts'

/** A function of the program either writes a value and throws where it does not fit, or only says whether it fits. */
export type Purpose = 'write' | 'fits'

/** A generated program while it is being written: functions over a value, and what their source cannot carry. */
export interface Program {
  readonly wire: Wire
  /** What the answers are of, for errors. */
  readonly place: string
  /** Names a value that source text cannot carry: a regular expression, a function, a map. */
  readonly bind: (value: unknown) => string
  /** A name that is used nowhere else. */
  readonly fresh: (letter: string) => string
  /** The name of the function for `shape`, written when first asked for: a shape may need its own function inside it. */
  readonly functionFor: (purpose: Purpose, shape: Shape) => string
}

/** Where in the value the program is. */
export interface Spot {
  /** The name of the value, or an expression for it. */
  readonly value: string
  /** An expression for its JSON pointer, evaluated only when something does not fit. */
  readonly pointer: string
  /** How many arrays and objects this function has entered to get here. */
  readonly depth: number
}

/** The body of one function, line by line. The text that it writes gathers in `s`. */
export interface Body {
  readonly program: Program
  readonly purpose: Purpose
  readonly line: (code: string) => void
  /** Writes fixed text. */
  readonly text: (text: string) => void
  /** Writes the string or number that an expression gives. Nothing may change it before the next flush, nor another value follow at once. */
  readonly value: (code: string) => void
  /** Writes a comma, but not where `first` is true. */
  readonly comma: (first: string) => void
  readonly block: (head: string, inside: () => void) => void
  /** Ends the function where the value does not fit. */
  readonly refuse: (spot: Spot, expected: string) => void
  readonly must: (spot: Spot, code: string, expected: string) => void
  /** Adds to `s` what is to be written so far. */
  readonly flush: () => void
}

/** Writes the statements for a shape into a body. */
export type Statements = (shape: Shape, spot: Spot, body: Body) => void

export type Writer = (value: unknown, pointer: string, depth: number) => string

/** A writer for the shape of `wire`. Functions are over `v`, `p` (its pointer) and `d` (the levels above it). */
export function link(wire: Wire, place: string, statements: Statements): Writer {
  const bound = new Map<unknown, string>()
  const named = { write: new Map<Shape, string>(), fits: new Map<Shape, string>() }
  const functions: string[] = []
  let names = 0
  const program: Program = {
    wire,
    place,
    bind: value => {
      const name = bound.get(value) ?? `k${bound.size}`
      bound.set(value, name)
      return name
    },
    fresh: letter => `${letter}${names++}`,
    functionFor: (purpose, shape) => {
      const known = named[purpose].get(shape)
      if (known !== undefined) return known
      const name = program.fresh(purpose)
      named[purpose].set(shape, name)
      functions.push(functionOf(name, shape, purpose, program, statements))
      return name
    },
  }
  const entry = program.functionFor('write', wire.shape)
  // Every name and text of a schema reaches this source through JSON.stringify, every other value by `bind`.
  const source = `'use strict'\n${functions.join('\n')}\nreturn ${entry}`
  // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-call -- compiled code is what makes it fast
  const make = new Function(...bound.values(), source) as (...values: unknown[]) => Writer
  return make(...bound.keys())
}

function functionOf(
  name: string,
  shape: Shape,
  purpose: Purpose,
  program: Program,
  statements: Statements,
): string {
  const lines: string[] = []
  const body = bodyOf(purpose, program, lines)
  const spot: Spot = { value: 'v', pointer: 'p', depth: 0 }
  body.block(`if (d >= ${MAX_DEPTH} && typeof v === 'object' && v !== null)`, () =>
    body.refuse(spot, `at most ${MAX_DEPTH} levels of arrays and objects`),
  )
  statements(shape, spot, body)
  body.flush()
  const result = purpose === 'write' ? 's' : 'true'
  return `function ${name}(v, p, d) {\nlet s = ''\n${lines.join('\n')}\nreturn ${result}\n}`
}

function bodyOf(purpose: Purpose, program: Program, lines: string[]): Body {
  const write = purpose === 'write'
  const refusal = (spot: Spot, expected: string) =>
    write
      ? `throw ${program.bind(mismatch)}(${JSON.stringify(program.place)}, ${spot.pointer}, ${JSON.stringify(expected)}, ${spot.value})`
      : 'return false'
  let parts: Part[] = []
  const body: Body = {
    program,
    purpose,
    line: code => lines.push(code),
    text: text => parts.push({ text }),
    value: code => parts.push({ code }),
    comma: first => parts.push({ first }),
    block: (head, inside) => {
      body.flush()
      lines.push(`${head} {`)
      inside()
      body.flush()
      lines.push('}')
    },
    refuse: (spot, expected) => lines.push(refusal(spot, expected)),
    must: (spot, code, expected) => lines.push(`if (!(${code})) ${refusal(spot, expected)}`),
    flush: () => {
      if (write && parts.length > 0) lines.push(`s += ${joined(parts)}`)
      parts = []
    },
  }
  return body
}

const mismatch = (...why: ConstructorParameters<typeof AnswerMismatch>): AnswerMismatch =>
  new AnswerMismatch(...why)

type Part = { readonly text: string } | { readonly code: string } | { readonly first: string }

/** One expression. Fixed texts that meet become one: every concatenation costs when the text is sent. */
function joined(parts: readonly Part[]): string {
  const terms: string[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as Part
    if ('code' in part) {
      terms.push(part.code)
      continue
    }
    let text = 'text' in part ? part.text : ''
    for (let next = parts[i + 1]; next !== undefined && 'text' in next; next = parts[i + 1]) {
      text += next.text
      i++
    }
    const later = JSON.stringify(`,${text}`)
    terms.push(
      'first' in part ? `(${part.first} ? ${JSON.stringify(text)} : ${later})` : JSON.stringify(text),
    )
  }
  return terms.join(' + ')
}
