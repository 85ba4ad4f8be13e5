import { type Json, sorted } from './json.ts'

/** Where OpenAPI keeps what several operations refer to (OpenAPI 3.2 §4.7). */
export type Section = 'headers' | 'parameters' | 'responses'

/** Components that appear once something refers to them. */
export interface Shared {
  /** A reference to the component of this name. The same name is always the same component. */
  ref(section: Section, name: string, component: Json): { readonly $ref: string }
  sections(): { readonly [section: string]: Json }
}

export function createShared(): Shared {
  const sections = new Map<Section, Map<string, Json>>()
  return {
    ref(section, name, component) {
      const known = sections.get(section) ?? new Map<string, Json>()
      sections.set(section, known.set(name, component))
      return { $ref: `#/components/${section}/${name}` }
    },
    sections: () =>
      Object.fromEntries([...sections].map(([name, members]) => [name, sorted(Object.fromEntries(members))])),
  }
}
