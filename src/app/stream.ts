import type { Page } from '../contract/index.ts'
import type { RowWriter } from '../formats/index.ts'

/** Rows of one page make up a chunk: what a slow caller makes wait is one page, not the list. */
type NextPage = (cursor: string) => Promise<Page<unknown>>

/**
 * The text of a list from its first page on, a chunk a page. Where there is no `next`, the first page is all.
 *
 * Each page is a read of its own, so a list that takes long to send pins nothing in the database. Who is no longer there
 * is sent nothing more.
 */
export async function* streamRows(
  { begin, row }: RowWriter,
  first: Page<unknown>,
  next: NextPage | undefined,
): AsyncGenerator<string> {
  let page = first
  yield begin + page.data.map(row).join('')
  while (next !== undefined && page.next !== null) {
    page = await next(page.next)
    yield page.data.map(row).join('')
  }
}
