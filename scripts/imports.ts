import { parseSync, Visitor } from 'oxc-parser'

/** `url` is `new URL('./x.ts', import.meta.url)`: a worker or an asset. It is the only kind that nothing else resolves. */
export type ImportKind = 'static' | 'dynamic' | 'type' | 'url'

export interface Import {
  readonly kind: ImportKind
  readonly specifier: string
  /** Counted from 1. */
  readonly line: number
  /** Where the specifier stands in the text, quotes included: [start, end) in UTF-16 units. */
  readonly start: number
  readonly end: number
}

/**
 * Every file that `text` names, type-only imports included, in the order of the text.
 * It parses, so that comments and strings cannot be mistaken for imports. Throws a SyntaxError where `text` does not parse.
 */
export function importsOf(file: string, text: string): readonly Import[] {
  const { program, errors } = parseSync(file, text)
  const [error] = errors
  if (error) throw new SyntaxError(`${file}: ${error.message}`)
  const found: Import[] = []
  const add = (kind: ImportKind, node: Node | null): void => {
    const specifier = node ? literal(node) : undefined
    if (!node || specifier === undefined) return
    found.push({ kind, specifier, line: lineAt(text, node.start), start: node.start, end: node.end })
  }
  new Visitor({
    ImportDeclaration: node => add('static', node.source),
    ExportNamedDeclaration: node => add('static', node.source),
    ExportAllDeclaration: node => add('static', node.source),
    ImportExpression: node => add('dynamic', node.source),
    TSImportType: node => add('type', node.source),
    NewExpression: ({ callee, arguments: [target, base] }) => {
      if (callee.type !== 'Identifier' || callee.name !== 'URL' || !target || !base) return
      if (text.slice(base.start, base.end) === 'import.meta.url') add('url', target)
    },
  }).visit(program)
  return found.toSorted((a, b) => a.start - b.start)
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly value?: unknown
  readonly quasis?: readonly { readonly value: { readonly cooked: string | null } }[]
}

/** The text of a string or of a template without holes; undefined for what only a run can tell. */
function literal(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined
  if (node.type === 'TemplateLiteral' && node.quasis?.length === 1)
    return node.quasis[0]?.value.cooked ?? undefined
  return undefined
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
