// Namespaces in XML 1.0 §3 [4] NCName, by XML 1.0 §2.3 [4] and [4a] without the colon.
const START =
  'A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}\\u{200d}' +
  '\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}'
const REST = `${START}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}\\u{2040}`

const NAME = new RegExp(`^[${START}][${REST}]*$`, 'u')
const NOT_IN_NAME = new RegExp(`[^${REST}]`, 'gu')
const NOT_AT_START = new RegExp(`^[^${START}]`, 'u')
/** With colons: which of them divide is looked at afterwards. */
const NAME_HERE = new RegExp(`[:${START}][:${REST}]*`, 'uy')

/** Whether it can be the name of an element or attribute: without a prefix, so without a colon. */
export const isName = (name: string): boolean => NAME.test(name)

/**
 * The XML name of a member: its own where that is one, else with `_x0020_` for each character that no name can have,
 * and `_x_` for none at all. Characters are UTF-16 code units, so that every name has one.
 */
export function encodeName(name: string): string {
  if (PLAIN.test(name)) return name
  if (name === '') return '_x_'
  if (name === '_x_') return `${escaped('_')}x_`
  return name
    .replaceAll(/_(?=x[\dA-F]{4})/g, escaped)
    .replaceAll(NOT_IN_NAME, escaped)
    .replace(NOT_AT_START, escaped)
}

/** Names that are what they are: with no `_x` there is nothing in them to take for an escape. */
const PLAIN = /^(?!.*_x)[A-Za-z_][A-Za-z0-9_.-]*$/

/** Another spelling of a name that is its own: `_x0061_b` for `ab`. */
export const disguise = (name: string): string => name.replace(/^./u, escaped)

/** Whether a name that somebody chose could be taken for one that was escaped. */
export const looksEscaped = (name: string): boolean => decodeName(name) !== name

/** The member's name that `encodeName` gave this one. */
export function decodeName(name: string): string {
  if (name === '_x_') return ''
  return name.includes('_x')
    ? name.replaceAll(/_x([\dA-F]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : name
}

function escaped(character: string): string {
  let text = ''
  for (let i = 0; i < character.length; i++) {
    text += `_x${character.charCodeAt(i).toString(16).toUpperCase().padStart(4, '0')}_`
  }
  return text
}

/** The index behind the name, colons included, that begins at `at`; `at` where none does. */
export function endOfName(text: string, at: number): number {
  let end = at
  let code = text.charCodeAt(end)
  if (!isLetter(code) && code !== 0x5f && !(code >= 0x80)) return code === 0x3a ? slowEnd(text, at) : at
  while (
    isLetter(code) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d ||
    code === 0x2e
  ) {
    code = text.charCodeAt(++end)
  }
  return code >= 0x80 || code === 0x3a ? slowEnd(text, at) : end
}

const isLetter = (code: number): boolean => {
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

function slowEnd(text: string, at: number): number {
  NAME_HERE.lastIndex = at
  return NAME_HERE.test(text) ? NAME_HERE.lastIndex : at
}
