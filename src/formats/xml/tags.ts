import { DefinitionError, type XmlHints } from '../../contract/index.ts'
import { escapeAttribute } from './characters.ts'
import { encodeName, isName, looksEscaped } from './names.ts'

/** The name of an element or attribute. */
export interface Tag {
  /** As it is written, with its prefix. */
  readonly name: string
  readonly local: string
  /** Undefined where it is that of the element around it; an attribute then has none. */
  readonly namespace: string | undefined
  /** Whether elements inside that name no namespace have this one. */
  readonly inherited: boolean
  /** What begins its start tag: `<a xmlns="urn:b"`. */
  readonly open: string
}

/** The namespaces of a schema's prefixes, which the root declares. Filled while the schema is laid out. */
export type Prefixes = Map<string, string>

export const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
/** XML 1.0 §2.12 and Namespaces in XML 1.0 §3. */
export const XML = 'http://www.w3.org/XML/1998/namespace'
export const XMLNS = 'http://www.w3.org/2000/xmlns/'

/**
 * The tag that hints give, else the one with the inferred name.
 *
 * @throws DefinitionError where XML cannot have it.
 */
export function tagOf(
  hints: XmlHints | undefined,
  inferred: string,
  { place, prefixes }: { readonly place: string; readonly prefixes: Prefixes },
): Tag {
  const { name, namespace, prefix, node } = hints ?? {}
  const refuse = (wrong: string, mend: string) => new DefinitionError(place, wrong, mend)
  // A list that is its items has no element (OpenAPI 3.2, nodeType none).
  const local = name === undefined || node === 'none' ? encodeName(inferred) : name
  if (local === name && (!isName(name) || looksEscaped(name))) {
    throw refuse(
      `the \`xml.name\` '${name}' of '${inferred}' is no XML name`,
      'Begin with a letter, then letters, digits, - . and _',
    )
  }
  if (
    namespace !== undefined &&
    (namespace === '' || namespace === XML || namespace === XMLNS || !escapeAttribute(namespace))
  ) {
    throw refuse(`'${inferred}' cannot be in the namespace '${namespace}'`, 'Name one of your own')
  }
  if (prefix !== undefined) declare(prefix, namespace, inferred, place, prefixes)
  else if (node === 'attribute' && (namespace !== undefined || local === 'xmlns')) {
    throw refuse(`the attribute '${local}' needs a prefix`, 'Give it an `xml.namespace` and an `xml.prefix`')
  }
  const inherits = namespace !== undefined && prefix === undefined
  const written = prefix === undefined ? local : `${prefix}:${local}`
  const open = inherits ? `<${written} xmlns="${escapeAttribute(namespace)}"` : `<${written}`
  return { name: written, local, namespace, inherited: inherits, open }
}

function declare(
  prefix: string,
  namespace: string | undefined,
  inferred: string,
  place: string,
  prefixes: Prefixes,
): void {
  if (!isName(prefix) || /^xml/i.test(prefix) || namespace === undefined) {
    const wrong = `the \`xml.prefix\` '${prefix}' of '${inferred}' ${namespace === undefined ? 'has no namespace' : 'is no prefix'}`
    throw new DefinitionError(place, wrong, 'Give it a short name and an `xml.namespace`')
  }
  const other = prefix === 'xsi' ? XSI : prefixes.get(prefix)
  if (other !== undefined && other !== namespace) {
    const wrong = `the \`xml.prefix\` '${prefix}' stands for '${other}' and for '${namespace}'`
    throw new DefinitionError(place, wrong, 'Use two prefixes')
  }
  prefixes.set(prefix, namespace)
}
