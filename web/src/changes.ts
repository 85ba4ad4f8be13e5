/** A member that is different now. */
export interface Change {
  readonly name: string
  readonly from: string
  readonly to: string
}

/** The members of two rows that differ, with their values in JSON. Empty where one of them is no row. */
export function changesOf(before: unknown, data: unknown): readonly Change[] {
  if (!isObject(before) || !isObject(data)) return []
  return Object.keys({ ...before, ...data })
    .map(name => ({
      name,
      from: brief(before[name]),
      to: brief(data[name]),
      same: text(before[name]) === text(data[name]),
    }))
    .filter(change => !change.same)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const text = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value))

const LONGEST = 60

function brief(value: unknown): string {
  const whole = text(value)
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole
}
