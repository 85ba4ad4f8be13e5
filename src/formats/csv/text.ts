import { NUMBER } from '../spelling.ts'

/** What makes spreadsheets read a cell as a formula, or as the start of another cell (OWASP, "CSV Injection"; ASVS 1.2.10). */
const FORMULA = /^'*(?:[\t\r\n\0]|\s*[=+\-@＝＋－＠])/

/**
 * A text as a cell. One that a spreadsheet could run gets an apostrophe in front, also where it begins with such
 * apostrophes, so that a reader can take one off again. Numbers, as JSON spells them, stay as they are.
 * The empty text is `""`, to be told from an empty cell.
 */
export function textCell(text: string): string {
  const first = text.charCodeAt(0)
  const isLetter = (first | 0x20) > 0x60 && (first | 0x20) < 0x7b
  if (isLetter || !FORMULA.test(text) || NUMBER.test(text)) return text === '' ? '""' : quoteCell(text)
  return quoteCell(`'${text}`)
}

/** In quotes where it must be (RFC 4180 §2). */
export const quoteCell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
