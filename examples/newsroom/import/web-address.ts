/** `reference` as an absolute http or https address, read relative to `base`; undefined when it is none. */
export function webAddress(reference: string | null | undefined, base?: string): string | undefined {
  const trimmed = reference?.trim()
  if (!trimmed) return undefined
  const url = URL.parse(trimmed, base)
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined
  return url.href
}
