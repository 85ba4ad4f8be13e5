/**
 * RFC 7396 §2: members of the patch replace, `null` removes, objects merge; anything but an object replaces the whole.
 * Neither argument is changed. A member called `__proto__` is a member like any other. Recursion goes as deep as the
 * patch, whose depth its reader bounds.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const members = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name)
    else members.set(name, mergePatch(members.get(name), value))
  }
  return Object.fromEntries(members)
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
