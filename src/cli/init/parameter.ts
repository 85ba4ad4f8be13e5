const PARAMETER = /^[A-Za-z_][\w.-]*$/
/** Parameters that every list has. */
const OWN: ReadonlySet<string> = new Set(['cursor', 'limit', 'sort', 'fields', 'expand'])

/** Whether lists can be filtered by a field of this name. */
export const isParameter = (name: string): boolean => PARAMETER.test(name) && !OWN.has(name)
