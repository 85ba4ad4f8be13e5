const MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
type Span = keyof typeof MS

/** A length of time in words: `'30 seconds'`, `'1 minute'`, `'2 hours'`, `'1 day'`. */
export type Duration = `${number} ${Span | `${Span}s`}`

/** In milliseconds; undefined where it is none, or longer than `longest`: a day, unless it is given. */
export function durationMs(text: string, longest: number = MS.day): number | undefined {
  const [, count, span] = /^([1-9]\d{0,5}) (second|minute|hour|day)s?$/.exec(text) ?? []
  const ms = Number(count) * MS[span as Span]
  return ms <= longest ? ms : undefined
}
