import type { Page } from '../contract/index.ts'
import type { RowWriter } from '../formats/index.ts'

/** The page at a cursor, of about so many rows. */
type NextPage = (cursor: string, rows: number) => Promise<Page<unknown>>

/** Characters of a piece, a row more or less. */
const PIECE = 64 * 1024
/** Rows of the first page, when nobody knows yet how long they are. */
export const FIRST_ROWS = 10

/** The text of a list up to the end of its first page. */
export const beginText = ({ begin, row }: RowWriter, { data }: Page<unknown>): string =>
  begin + data.map(row).join('')

/**
 * The text of a list from its first page on, in pieces.
 *
 * A slow caller holds on to one page, so as many rows are asked for as made up a piece before. Each page is a read of its
 * own: a list that takes long to send pins nothing in the database. Who is no longer there is sent nothing more.
 */
export async function* streamRows(
  { begin, row }: RowWriter,
  first: Page<unknown>,
  next: NextPage,
): AsyncGenerator<string> {
  let page = first
  let piece = begin
  let at: string | undefined
  for (;;) {
    let length = 0
    for (const each of page.data) {
      const text = row(each)
      length += text.length
      piece += text
      if (piece.length < PIECE) continue
      yield piece
      piece = ''
    }
    // A feed has a next page for later: where it leads to itself, it has come to its end for now.
    if (page.next === null || page.next === at) break
    at = page.next
    const rowLength = page.data.length === 0 ? 1 : length / page.data.length
    page = await next(page.next, Math.max(1, Math.floor(PIECE / rowLength)))
  }
  if (piece !== '') yield piece
}
