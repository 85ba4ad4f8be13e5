/** A JSON object of a document. */
export type Json = { readonly [name: string]: unknown }

/** The object without its undefined members, which JSON does not have. */
export const defined = (members: Json): Json =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

/** By name, so that a document differs from the one before only where the api does. */
export const sorted = (members: Json): Json =>
  Object.fromEntries(Object.entries(members).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/** A name as a sentence begins: `featureArticle` and `article.featured` are 'Feature article', 'Article featured'. */
export function words(name: string): string {
  const text = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[._-]+/g, ' ')
    .toLowerCase()
  return text.charAt(0).toUpperCase() + text.slice(1)
}
