import type { LogRecord } from './record.ts'

interface ShownError {
  readonly name?: unknown
  readonly message?: unknown
  readonly stack?: unknown
  readonly cause?: unknown
}

/** A record for somebody who sits before the terminal: the error in words, its stack a line each, then what else is known. */
export function readable({ time, level: _, kind, ...fields }: LogRecord): string {
  const { name, message, stack, cause, where, ...rest } = fields
  const head = [time.slice(11, 19), kind, where].filter(part => typeof part === 'string').join(' ')
  const lines = [head, ...errorLines({ name, message, stack, cause })]
  const others = Object.entries(rest).map(([field, value]) => `${field}=${JSON.stringify(value)}`)
  if (others.length > 0) lines.push(`  ${others.join(' ')}`)
  return lines.map(plain).join('\n')
}

function errorLines({ name, message, stack, cause }: ShownError, by = ''): readonly string[] {
  if (message === undefined) return []
  const title = [name, message].filter(part => typeof part === 'string' && part !== '').join(': ')
  return [
    ...`  ${by}${title}`.split('\n'),
    ...(typeof stack === 'string' ? stack.split('\n') : []),
    ...(typeof cause === 'object' && cause !== null ? errorLines(cause, 'because of ') : []),
  ]
}

/** What came with a request must not take over the terminal. */
const plain = (line: string): string => line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
