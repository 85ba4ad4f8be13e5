const ORDER = ['GET', 'HEAD', 'QUERY', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** The Allow value of a path that has these methods: HEAD wherever GET is, OPTIONS always (RFC 9110 §10.2.1). */
export function allowValue(methods: Iterable<string>): string {
  const allowed = new Set(methods)
  if (allowed.has('GET')) allowed.add('HEAD')
  allowed.add('OPTIONS')
  return ORDER.filter(method => allowed.has(method)).join(', ')
}
