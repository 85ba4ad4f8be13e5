import type { SoakReport } from './soak.ts'

/** A report for people: a line for each figure, and each thing that was lost by its name. */
export function printed(report: SoakReport): string {
  const counts = (of: { readonly [what: string]: number }): string =>
    Object.entries(of)
      .map(([what, times]) => `${what} ${times}`)
      .toSorted((a, b) => a.localeCompare(b))
      .join(', ')
  const listed = (names: readonly string[]): string => [`${names.length}`, ...names.slice(0, 50)].join('\n  ')
  const total = Object.values(report.kills).reduce((sum, times) => sum + times, 0)
  return [
    `seed          ${report.seed}`,
    `seconds       ${report.seconds}`,
    `kills         ${total} (${counts(report.kills)})`,
    `trouble       ${counts(report.troubles)}`,
    `acknowledged  ${report.acknowledged} requests`,
    `events        ${report.events}, with ${report.deliveries} deliveries`,
    `given up      ${report.givenUp} operations, after five deaths of their process`,
    `lost          ${listed(report.lost)}`,
    `wrong         ${listed(report.wrong)}`,
    `unexpected    ${listed(report.unexpected)}`,
    `duplicates    ${report.duplicates} of ${report.arrivals} arrivals, in flight at the kills ${report.inFlight}`,
    `longest gap   ${report.longestGapMs} ms`,
    `integrity     ${report.integrity}`,
  ].join('\n')
}
