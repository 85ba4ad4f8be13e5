/**
 * How far into a document its own declaration is looked for. HTML asks for 1,024 bytes; pages in the wild are
 * later.
 */
const DECLARED_WITHIN = 4096

/**
 * The text of a document. A byte order mark decides first (Encoding Standard §6.1); then bytes that read as
 * UTF-8 and go beyond ASCII are UTF-8 whatever the labels say, because other encodings do not form it by
 * chance and servers mislabel; then the Content-Type's charset, then the document's own declaration,
 * whichever fits the bytes. With no label that is known it is UTF-8 if it can be, else windows-1252 (HTML
 * §13.2.3.2).
 */
export function decodeDocument(bytes: Uint8Array, contentType: string): string {
  const mark = markOf(bytes)
  if (mark) return new TextDecoder(mark).decode(bytes)
  const utf8 = decodeStrictly(bytes, 'utf-8')
  if (utf8 !== undefined && utf8.length < bytes.length) return utf8
  const labels = [/charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1], declaredIn(bytes)].filter(isKnown)
  for (const label of labels) {
    const text = decodeStrictly(bytes, label)
    if (text !== undefined) return text
  }
  if (utf8 !== undefined) return utf8
  // A few broken bytes in a document that says what it is: the rest is still readable.
  return new TextDecoder(labels[0] ?? 'windows-1252').decode(bytes)
}

function markOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return undefined
}

/**
 * `<?xml encoding="…"?>` (XML 1.0 §4.3.3), `<meta charset>` or `<meta http-equiv content="…; charset=…">`.
 */
function declaredIn(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, DECLARED_WITHIN)).toString('latin1')
  const declaration = /^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.:-]+)/i.exec(start)
  const label = declaration?.[1] ?? /<meta\s[^>]{0,300}charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(start)?.[1]
  // What could be read as ASCII cannot be UTF-16 (HTML §13.2.3.3).
  return label?.toLowerCase().startsWith('utf-16') ? 'utf-8' : label
}

function isKnown(label: string | undefined): label is string {
  if (label === undefined) return false
  try {
    new TextDecoder(label)
    return true
  } catch {
    return false
  }
}

function decodeStrictly(bytes: Uint8Array, label: string): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
