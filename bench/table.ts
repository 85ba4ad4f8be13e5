import { type Result, written } from './measure.ts'

const HEAD = ['case', 'subject', 'median', 'lowest–highest', 'ratio'] as const

export function table(bench: string, results: readonly Result[]): string {
  const rows = results.map(one => [
    one.case,
    one.subject,
    written(one.value, one.unit),
    `${written(one.lowest, one.unit)}–${written(one.highest, one.unit)}`,
    one.ratio.toFixed(2),
  ])
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map(row => row[i]?.length ?? 0)))
  const isText = (i: number): boolean => i < 2
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isText(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  const baselines = new Map(results.map(one => [one.case, one.baseline]))
  return [
    `${bench}: medians; the ratio is against ${[...baselines].map(([name, base]) => `${base} in '${name}'`).join(', ')}`,
    '',
    line(HEAD),
    line(widths.map(width => '-'.repeat(width))),
    ...rows.map(line),
  ].join('\n')
}

/** An array of `{ case, subject, per_second, ratio }`, one a line; `ms` or `mb` where that is what is measured. */
export function resultsJson(results: readonly Result[]): string {
  const lines = results.map(one =>
    JSON.stringify({
      case: one.case,
      subject: one.subject,
      [one.unit]: Math.round(one.value),
      ratio: Number(one.ratio.toFixed(3)),
    }),
  )
  return `[\n  ${lines.join(',\n  ')}\n]\n`
}
