/**
 * What was made for a key, made again once it is forgotten: the newest `max` are kept.
 *
 * @param make must not give undefined.
 */
export function createBoundedMap<K, V>(max: number, make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>()
  return key => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    const oldest = made.size < max ? undefined : made.keys().next().value
    if (oldest !== undefined) made.delete(oldest)
    made.set(key, value)
    return value
  }
}
