import type { ASTNode } from '@marcbachmann/cel-js'
import { closest } from '../../base/index.ts'
import { type Code, kindsOf } from './code.ts'
import { fail, type Run, spend } from './frame.ts'
import { type Form, FUNCTIONS, METHODS } from './functions.ts'
import { MACROS } from './macros.ts'
import { notA } from './paths.ts'
import { compilePattern, MAX_PATTERN_SIZE, type Pattern } from './pattern.ts'
import { type Scope, spanOf, wrong } from './scope.ts'
import { type Span, shortText } from './text.ts'
import { BOOL, type Kind, may, nameOf } from './types.ts'
import { isList, isObject } from './values.ts'

/** `size(data.tags)`, or `data.tags.size()`: there the first part is the receiver. */
export function call(
  node: ASTNode,
  name: string,
  isMethod: boolean,
  parts: readonly Code[],
  scope: Scope,
): Code {
  if (isMethod && name === 'matches') return matches(node, parts, scope)
  const table = isMethod ? METHODS : FUNCTIONS
  const forms = Object.hasOwn(table, name) ? table[name] : undefined
  if (forms === undefined) return wrong(scope, node, unknown(name, isMethod, parts), parts)
  const form = forms.find(
    ({ takes }) => takes.length === parts.length && takes.every((kinds, i) => fits(parts[i], kinds)),
  )
  if (form === undefined) return wrong(scope, node, misfit(name, isMethod, forms, parts), parts)
  return { span: spanOf(node), type: form.gives, run: runOf(node, form, parts), parts }
}

const fits = (part: Code | undefined, kinds: readonly Kind[]): boolean =>
  part !== undefined && kinds.some(kind => may(part.type, kind))

function runOf(node: ASTNode, { takes, of }: Form, [first, second]: readonly Code[]): Run {
  if (first === undefined) throw new Error('every form takes something')
  const span = spanOf(node)
  const one = checked(first, takes[0])
  if (second === undefined)
    return frame => {
      const a = one(frame)
      return a === undefined ? undefined : of(a, undefined, frame, span)
    }
  const two = checked(second, takes[1] ?? [])
  return frame => {
    const a = one(frame)
    const b = two(frame)
    return a === undefined || b === undefined ? undefined : of(a, b, frame, span)
  }
}

/** What turns out to be of another kind has no value. */
function checked(part: Code, kinds: readonly Kind[]): Run {
  const { run, span } = part
  const [kind] = kinds
  const fits = kind !== undefined && kinds.length === 1 ? TESTS[kind] : fitsOneOf(kinds)
  return frame => {
    const value = run(frame)
    if (value === undefined || fits(value)) return value
    return fail(frame, span, () => notA(nameOf(kinds), span, value))
  }
}

type Test = (value: unknown) => boolean

function fitsOneOf(kinds: readonly Kind[]): Test {
  const tests = kinds.map(kind => TESTS[kind])
  return value => {
    for (const test of tests) if (test(value)) return true
    return false
  }
}

const isNumber: Test = value => typeof value === 'number'
const TESTS: { readonly [K in Kind]: Test } = {
  any: () => true,
  null: value => value === null,
  bool: value => typeof value === 'boolean',
  number: isNumber,
  string: value => typeof value === 'string',
  timestamp: isNumber,
  duration: isNumber,
  list: isList,
  object: isObject,
}

function unknown(name: string, isMethod: boolean, [first]: readonly Code[]): string {
  const value = first === undefined ? '…' : shortText(first.span)
  const known = Object.keys(isMethod ? METHODS : FUNCTIONS)
  const methods = [...known, ...MACROS, 'matches']
  if (!isMethod && (Object.hasOwn(METHODS, name) || methods.includes(name)))
    return `${name}() goes behind a value: ${value}.${name}(…)`
  if (isMethod && Object.hasOwn(FUNCTIONS, name)) return `${name}() goes around a value: ${name}(${value})`
  const names = isMethod ? methods : [...known, 'has']
  const meant = closest(name, names)
  return `there is no function '${name}'. ${meant === undefined ? `There are ${names.join(', ')}` : `Did you mean ${meant}?`}`
}

function misfit(name: string, isMethod: boolean, forms: readonly Form[], parts: readonly Code[]): string {
  const wanted = forms
    .map(({ takes }) => takes.map(kinds => kinds.join(' or ')))
    .map(kinds =>
      isMethod ? `${kinds[0]}.${name}(${kinds.slice(1).join(', ')})` : `${name}(${kinds.join(', ')})`,
    )
  return `${name}() is written ${wanted.join(' or ')}; here ${parts.length === 0 ? 'nothing is given' : kindsOf(parts)}`
}

/** `text.matches("pattern")`: RE2, prepared when the condition is, so that it must be known by then. */
function matches(node: ASTNode, parts: readonly Code[], scope: Scope): Code {
  const [subject, pattern] = parts
  const source = pattern?.constant?.value
  if (subject === undefined || parts.length !== 2 || !may(subject.type, 'string'))
    return wrong(scope, node, misfit('matches', true, [{ ...MATCHES, gives: BOOL }], parts), parts)
  if (typeof source !== 'string')
    return wrong(
      scope,
      node,
      'the pattern of matches() is a string in quotes, known before there is an event',
      parts,
    )
  const prepared = prepare(source)
  if (typeof prepared === 'string')
    return wrong(scope, node, `${shortText(spanOf(node))}: ${prepared}`, parts)
  const run = matcher(subject.run, subject.span, prepared, spanOf(node))
  return { span: spanOf(node), type: BOOL, run, parts }
}

const matcher =
  (read: Run, subject: Span, pattern: Pattern, span: Span): Run =>
  frame => {
    const text = read(frame)
    if (typeof text === 'string')
      return spend(frame, text.length * pattern.size, span) ? pattern.found(text) : undefined
    return text === undefined ? undefined : fail(frame, span, () => notA(nameOf(['string']), subject, text))
  }

const MATCHES = { takes: [['string'], ['string']], of: () => undefined } as const

function prepare(source: string): Pattern | string {
  try {
    const pattern = compilePattern(source)
    return pattern.size <= MAX_PATTERN_SIZE ? pattern : 'the pattern is too large: it repeats too much'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
