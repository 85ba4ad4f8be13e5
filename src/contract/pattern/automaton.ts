import type { Node } from './parse.ts'

/** A state of the automaton of a regular expression: it has just taken a character, which `takes` tells of. */
export interface State {
  /** A bit for each sample character. */
  readonly takes: bigint
  /** What may be taken next, once for each way there. */
  readonly next: State[]
  /** The match has succeeded here, whatever follows: nothing is tried twice from here on. */
  done: boolean
}

/** More states, or ways between them, than anybody writes by hand. */
const MAX_STEPS = 200_000

export class TooLarge extends Error {}

/** An ε-automaton by Thompson's construction: `to` is where one gets without taking a character. */
interface Point {
  readonly to: Point[]
  readonly takes: bigint | undefined
  readonly soft: boolean
}

interface Building {
  /** Repetitions of more than these are taken for endless ones, shorter ones are written out. */
  readonly longest: number
  readonly bitsOf: (source: string) => bigint
  readonly done: Point
  steps: number
}

/**
 * The states that a match goes through, its start first. A search that is not anchored goes through the start again with
 * each character.
 *
 * @throws TooLarge
 */
export function automatonOf(
  node: Node,
  bitsOf: (source: string) => bigint,
  longest: number,
): readonly State[] {
  const building: Building = { longest, bitsOf, done: { to: [], takes: undefined, soft: false }, steps: 0 }
  const first = build(node, building.done, building)
  const states = new Map<Point, State>()
  const stateOf = (point: Point): State => {
    const known = states.get(point)
    if (known !== undefined) return known
    const state: State = { takes: point.takes ?? ANYTHING, next: [], done: false }
    states.set(point, state)
    reach(point.to, { point: undefined, soft: false }, state)
    return state
  }
  /** Every way on without taking a character; no way goes through the same point twice. */
  const reach = (points: readonly Point[], way: Way, state: State): void => {
    for (const point of points) {
      if (++building.steps > MAX_STEPS) throw new TooLarge()
      if (point === building.done) state.done ||= !way.soft
      else if (point.takes !== undefined) state.next.push(stateOf(point))
      else if (!isOn(way, point)) reach(point.to, { point, soft: way.soft || point.soft, from: way }, state)
    }
  }
  const start: Point = { to: [first], takes: ANYTHING, soft: false }
  if (!isAnchored(node)) start.to.push(start)
  stateOf(start)
  return [...states.values()]
}

interface Way {
  readonly point: Point | undefined
  readonly soft: boolean
  readonly from?: Way
}

function isOn(way: Way | undefined, point: Point): boolean {
  for (let at = way; at !== undefined; at = at.from) if (at.point === point) return true
  return false
}

const ANYTHING = -1n

/** The point from which `node` and then `then` are matched. */
function build(node: Node, then: Point, building: Building): Point {
  if (++building.steps > MAX_STEPS) throw new TooLarge()
  switch (node.kind) {
    case 'one':
      return { to: [then], takes: building.bitsOf(node.source), soft: false }
    case 'all':
      return node.of.reduceRight((after, each) => build(each, after, building), then)
    case 'any':
      return free(node.of.map(each => build(each, then, building)))
    case 'look':
      return free([then, build(node.of, building.done, building)])
    case 'start':
      return then
    case 'condition':
      return free([then], true)
    case 'repeat':
      return repeat(node, then, building)
  }
}

function repeat({ of, min, max }: Extract<Node, { kind: 'repeat' }>, then: Point, building: Building): Point {
  let after = then
  if (max > building.longest) {
    const again = free([then])
    // JavaScript ends an endless repetition that takes nothing, a counted one goes on: which of its turns took something
    // is then a choice, as it is of a repetition in a repetition.
    const counted = isEmptyable(of) && (Number.isFinite(max) || min > building.longest)
    const body: Node = counted ? { kind: 'repeat', of, min: 0, max: Number.POSITIVE_INFINITY } : of
    const turn = build(body, again, building)
    // Beginning is another point than going on: a way that is at `again` twice has made a turn which took nothing.
    again.to.unshift(turn)
    after = free([turn, then])
  } else {
    for (let i = min; i < max; i++) after = free([build(of, after, building), then])
  }
  for (let i = Math.min(min, building.longest); i > 0; i--) after = build(of, after, building)
  return after
}

const free = (to: Point[], soft = false): Point => ({ to, takes: undefined, soft })

function isEmptyable(node: Node): boolean {
  switch (node.kind) {
    case 'one':
      return false
    case 'all':
      return node.of.every(isEmptyable)
    case 'any':
      return node.of.some(isEmptyable)
    case 'repeat':
      return node.min === 0 || isEmptyable(node.of)
    default:
      return true
  }
}

function isAnchored(node: Node): boolean {
  switch (node.kind) {
    case 'start':
      return true
    case 'any':
      return node.of.every(isAnchored)
    case 'all': {
      // What is looked at before the start takes nothing.
      const first = node.of.find(each => each.kind !== 'look')
      return first !== undefined && isAnchored(first)
    }
    case 'repeat':
      return node.min > 0 && isAnchored(node.of)
    default:
      return false
  }
}
