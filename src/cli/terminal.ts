/**
 * Text of others for a terminal: without the characters that move its cursor or change its state. Line breaks and tabs stay.
 */
const plain = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, '\ufffd')

/** A line on standard output, where results go. */
export const print = (line: string): void => void process.stdout.write(`${plain(line)}\n`)

/** A value as one line of JSON, for machines. */
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

/** A line on standard error, for who looks on. */
export const note = (line: string): void => void process.stderr.write(`${plain(line)}\n`)

export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
