import { XmlFault } from './fault.ts'
import { isName } from './names.ts'
import { XML, XMLNS } from './tags.ts'

export interface XmlAttribute {
  readonly local: string
  /** `''` for none. */
  readonly namespace: string
  readonly value: string
  /** Where it begins in the document. */
  readonly at: number
}

/** An attribute as it stands: its name, its value, and where it begins. */
export type Given = readonly [name: string, value: string, at: number]

/** The namespaces in force at one place of a document (Namespaces in XML 1.0). */
export interface Bindings {
  /** Puts into force what the attributes of an element declare. Answers the prefixes, `''` for none. */
  readonly declare: (given: readonly Given[]) => readonly string[]
  readonly undeclare: (prefixes: readonly string[]) => void
  readonly element: (name: string, at: number) => { readonly local: string; readonly namespace: string }
  /** Those that declare nothing. */
  readonly attributes: (given: readonly Given[]) => XmlAttribute[]
}

const NOTHING: readonly string[] = []

/** A stack for each prefix: what an element costs does not grow with what was declared around it. */
export function createBindings(): Bindings {
  const stacks = new Map<string, string[]>([
    ['', ['']],
    ['xml', [XML]],
  ])
  const resolved = (name: string, colon: number, at: number) => {
    const prefix = name.slice(0, colon)
    const namespace = stacks.get(prefix)?.at(-1)
    if (prefix === '' || namespace === undefined) throw new XmlFault('A prefix stands for no namespace', at)
    return { local: localName(name, colon, at), namespace }
  }
  return {
    declare(given) {
      const found = given.filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'))
      if (found.length === 0) return NOTHING
      return found.map(([name, namespace, at]) => {
        const prefix = name === 'xmlns' ? '' : localName(name, 'xmlns'.length, at)
        if (!canStandFor(prefix, namespace)) throw new XmlFault('A namespace is declared that cannot be', at)
        const stack = stacks.get(prefix)
        if (stack === undefined) stacks.set(prefix, [namespace])
        else stack.push(namespace)
        return prefix
      })
    },
    undeclare(prefixes) {
      for (const prefix of prefixes) stacks.get(prefix)?.pop()
    },
    element(name, at) {
      const colon = name.indexOf(':')
      return colon === -1
        ? { local: name, namespace: stacks.get('')?.at(-1) ?? '' }
        : resolved(name, colon, at)
    },
    attributes(given) {
      const seen = new Set<string>()
      const unique = (name: string, at: number) => {
        if (seen.has(name)) throw new XmlFault('An attribute of this name is on the element already', at)
        seen.add(name)
      }
      const found: XmlAttribute[] = []
      for (const [name, value, at] of given) {
        const colon = name.indexOf(':')
        unique(name, at)
        if (name === 'xmlns' || name.startsWith('xmlns:')) continue
        const { local, namespace } = colon === -1 ? { local: name, namespace: '' } : resolved(name, colon, at)
        // Two prefixes may stand for one namespace (§6.3). No name has a brace.
        if (colon !== -1) unique(`{${namespace}}${local}`, at)
        found.push({ local, namespace, value, at })
      }
      return found
    },
  }
}

/** What follows the colon, which must be a name without another one (§4). */
function localName(name: string, colon: number, at: number): string {
  const local = name.slice(colon + 1)
  if (isName(local)) return local
  throw new XmlFault('A name has a colon where none can be', at)
}

/** Reserved prefixes and namespace names (§3), and prefixes for none (§2.2). */
function canStandFor(prefix: string, namespace: string): boolean {
  if (prefix === 'xml' || namespace === XML) return prefix === 'xml' && namespace === XML
  return prefix !== 'xmlns' && namespace !== XMLNS && (prefix === '' || namespace !== '')
}
