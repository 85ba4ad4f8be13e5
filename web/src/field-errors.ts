import type { Problem } from './api/types.ts'

/**
 * What is wrong with each member of the body, by its name: `#/events/0` is of `events`. Empty where the problem has no
 * such errors.
 */
export function errorsByField(problem: Problem | undefined): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const { pointer = '', detail } of problem?.errors ?? []) {
    const name = pointer.replace(/^#?\//, '').split('/')[0] ?? ''
    const before = all.get(name)
    all.set(name, before === undefined ? detail : `${before}\n${detail}`)
  }
  return all
}
