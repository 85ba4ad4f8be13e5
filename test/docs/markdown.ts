import { readFileSync } from 'node:fs'

/** A fenced block. `line` is that of its first line of content, from 1. */
export interface Block {
  readonly language: string
  readonly line: number
  readonly text: string
}

/** A text in backticks, or the target of a link. */
export interface Mention {
  readonly line: number
  readonly text: string
}

/** What there is to check in a document. */
export interface Document {
  readonly path: string
  readonly blocks: readonly Block[]
  readonly code: readonly Mention[]
  readonly links: readonly Mention[]
  /** The cells of each row of its tables. */
  readonly rows: readonly (readonly string[])[]
  /** The anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>
}

export const readDocument = (path: string): Document => parseDocument(path, readFileSync(path, 'utf8'))

export function parseDocument(path: string, text: string): Document {
  const blocks: Block[] = []
  const code: Mention[] = []
  const links: Mention[] = []
  const rows: string[][] = []
  const anchors = new Set<string>()
  let open: { language: string; line: number; lines: string[] } | undefined
  for (const [i, line] of text.split('\n').entries()) {
    const fence = /^```(\w*)$/.exec(line)?.[1]
    if (open !== undefined && fence === '') {
      blocks.push({ language: open.language, line: open.line, text: open.lines.join('\n') })
      open = undefined
    } else if (open !== undefined) open.lines.push(line)
    else if (fence !== undefined) open = { language: fence, line: i + 2, lines: [] }
    else {
      const heading = /^#+ (.+)$/.exec(line)?.[1]
      if (heading !== undefined) anchors.add(freeAnchor(heading, anchors))
      if (/^\|.*\|$/.test(line))
        rows.push(
          line
            .slice(1, -1)
            .split('|')
            .map(cell => cell.trim()),
        )
      for (const [, mentioned = ''] of line.matchAll(/`([^`]+)`/g))
        code.push({ line: i + 1, text: mentioned })
      for (const [, target = ''] of line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
        links.push({ line: i + 1, text: target })
      }
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the block is not closed`)
  return { path, blocks, code, links, rows, anchors }
}

function freeAnchor(heading: string, taken: ReadonlySet<string>): string {
  const slug = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
  for (let n = 0; ; n++) {
    const anchor = n === 0 ? slug : `${slug}-${n}`
    if (!taken.has(anchor)) return anchor
  }
}

/**
 * The TypeScript of a document as modules: a block that begins with `// …` goes on in the module before it. Each line
 * keeps its number, so that an error of the compiler names the place in the document.
 */
export function modulesOf({ blocks }: Document): readonly string[] {
  const modules: string[] = []
  for (const { language, line, text } of blocks) {
    if (language !== 'ts') continue
    const before = text.startsWith('// …') ? (modules.pop() ?? '') : ''
    modules.push(before + '\n'.repeat(line - 1 - newlines(before)) + text)
  }
  return modules
}

const newlines = (text: string): number => text.split('\n').length - 1
