/** Every way known of writing an IPv4 address as the host of a URL, by what it is called. */
export function spellingsOf(address: string): ReadonlyMap<string, string> {
  const parts = address.split('.').map(Number)
  const [a = 0, b = 0, c = 0, d = 0] = parts
  const whole = ((a * 256 + b) * 256 + c) * 256 + d
  const hex = (n: number, width = 0) => n.toString(16).padStart(width, '0')
  const octal = (n: number) => `0${n.toString(8)}`
  const [high, low] = [hex(a * 256 + b), hex(c * 256 + d)]
  const [notHigh, notLow] = [hex(0xffff - (a * 256 + b)), hex(0xffff - (c * 256 + d))]
  const digits = (zero: number) =>
    address.replaceAll(/\d/g, digit => String.fromCodePoint(zero + Number(digit)))
  const circled = (digit: string) =>
    digit === '0' ? '\u24ea' : String.fromCodePoint(0x2460 + Number(digit) - 1)
  return new Map([
    ['dotted', address],
    ['a trailing dot', `${address}.`],
    ['decimal', String(whole)],
    ['hexadecimal', `0x${hex(whole)}`],
    ['upper-case hexadecimal', `0X${hex(whole, 8).toUpperCase()}`],
    ['octal', octal(whole)],
    ['octal with zeros', `000${whole.toString(8)}`],
    ['hexadecimal parts', parts.map(part => `0x${hex(part)}`).join('.')],
    ['octal parts', parts.map(octal).join('.')],
    ['octal parts with zeros', parts.map(part => `0000${part.toString(8)}`).join('.')],
    ['mixed parts', `0x${hex(a)}.${b}.${octal(c)}.${d}`],
    ['three parts', `${a}.${b}.${c * 256 + d}`],
    ['two parts', `${a}.${(b * 256 + c) * 256 + d}`],
    ['two mixed parts', `${octal(a)}.0x${hex((b * 256 + c) * 256 + d)}`],
    ['escaped', address.replaceAll(/./g, each => `%${hex(each.charCodeAt(0))}`)],
    ['full-width digits', digits(0xff10)],
    ['mathematical digits', digits(0x1d7ce)],
    ['circled digits', address.replaceAll(/\d/g, circled)],
    ['ideographic dots', address.replaceAll('.', '\u3002')],
    ['full-width dots', address.replaceAll('.', '\uff0e')],
    ['half-width dots', address.replaceAll('.', '\uff61')],
    ['a soft hyphen', address.replace('.', '.\u00ad')],
    ['a zero-width space', address.replace('.', '\u200b.')],
    ['v4-mapped', `[::ffff:${address}]`],
    ['v4-mapped in hexadecimal', `[::ffff:${high}:${low}]`],
    ['v4-mapped in full', `[0:0:0:0:0:FFFF:${high}:${low}]`],
    ['v4-compatible', `[::${address}]`],
    ['v4-translated', `[::ffff:0:${address}]`],
    ['NAT64', `[64:ff9b::${address}]`],
    ['NAT64 in hexadecimal', `[64:ff9b::${high}:${low}]`],
    ['NAT64 of a local prefix', `[64:ff9b:1::${address}]`],
    ['6to4', `[2002:${high}:${low}::1]`],
    ['Teredo, the server', `[2001:0:${high}:${low}::1]`],
    ['Teredo, the client', `[2001:0:4136:e378:8000:63bf:${notHigh}:${notLow}]`],
    ['ISATAP', `[fe80::5efe:${address}]`],
    ['a zone', `[fe80::${high}:${low}%25lo]`],
  ])
}
