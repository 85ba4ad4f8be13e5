// Bodies, laid out for reading. What is sent stays as it is; the page shows both.

/** Undefined where the text is read as it stands. `type` is a media type. */
export function readable(text: string, type: string | undefined): string | undefined {
  const laidOut = layOut(text, type ?? '')
  return laidOut === text ? undefined : laidOut
}

function layOut(text: string, type: string): string {
  if (/\bjson\b/.test(type)) return json(text)
  if (/\bxml\b/.test(type)) return xml(text)
  if (type.startsWith('application/x-www-form-urlencoded')) return form(text)
  return text
}

function json(text: string): string {
  // What is shown must be what was sent: numbers that JavaScript would round are left alone.
  if (/\d{16}/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** Line breaks between tags that touch. Elements with text stay on one line. */
function xml(text: string): string {
  let depth = 0
  const lines = text.replaceAll(/>\s*</g, '>\n<').split('\n')
  return lines
    .map(line => {
      if (line.startsWith('</')) depth -= 1
      const indented = '  '.repeat(Math.max(depth, 0)) + line
      if (/^<[^/?!]/.test(line) && !/\/>$|<\//.test(line)) depth += 1
      return indented
    })
    .join('\n')
}

/** A name and its value a line. */
const form = (text: string): string =>
  [...new URLSearchParams(text)].map(([name, value]) => `${name} = ${value}`).join('\n')
