import { counted } from './terminal.ts'

/** What the first line of an export tells: about how many rows come behind it. */
export interface FirstLine {
  /** Undefined until it is there. */
  readonly total: number | undefined
  /** Takes a piece of the answer. True where the line ends in it. */
  take(piece: Uint8Array): boolean
}

export function createFirstLine(): FirstLine {
  let text = ''
  let total: number | undefined
  return {
    get total() {
      return total
    },
    take(piece) {
      if (total !== undefined) return false
      text += Buffer.from(piece).toString('latin1')
      const end = text.indexOf('\n')
      if (end === -1) return false
      total = sumOf(JSON.parse(text.slice(0, end)) as Parameters<typeof sumOf>[0])
      text = ''
      return true
    },
  }
}

const sumOf = ({ total = {} }: { readonly total?: { readonly [kind: string]: number } }): number =>
  Object.values(total).reduce((sum, rows) => sum + rows, 0)

/** How far it is. It says nothing of all before its end: what came meanwhile is sent as well. */
export function progressText(rows: number, total: number | undefined): string {
  if (total === undefined || total === 0) return `${counted(rows, 'row')} so far …`
  const percent = Math.min(99, Math.floor((rows / total) * 100))
  return `${rows} of about ${counted(total, 'row')}, ${percent} % …`
}
