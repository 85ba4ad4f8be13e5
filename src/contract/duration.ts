const MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
type Span = keyof typeof MS

/** A length of time in words: `'30 seconds'`, `'1 minute'`, `'2 hours'`, `'1 day'`. */
export type Duration = `${number} ${Span | `${Span}s`}`

/** In milliseconds, up to a day; undefined where it is none. */
export function durationMs(text: string): number | undefined {
  const [, count, span] = /^([1-9]\d{0,5}) (second|minute|hour|day)s?$/.exec(text) ?? []
  const ms = Number(count) * MS[span as Span]
  return ms <= MS.day ? ms : undefined
}
