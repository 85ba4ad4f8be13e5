import type { KeyTerms } from './api/types.ts'
import type { Mode } from './mode.ts'

export type Expiry = 'never' | '30' | '90' | '365' | 'day'

/** A key as it stands in the form. */
export interface KeyDraft {
  readonly name: string
  readonly mode: Mode
  /** Whether it may do only what `scopes` says. */
  readonly limited: boolean
  readonly scopes: readonly string[]
  /** In days, or on `day`. */
  readonly expires_at: Expiry
  /** `2026-12-31`: to its end, where the reader is. */
  readonly day: string
  /** One a line. */
  readonly addresses: string
}

export const emptyKey = (mode: Mode): KeyDraft => ({
  name: '',
  mode,
  limited: false,
  scopes: [],
  expires_at: 'never',
  day: '',
  addresses: '',
})

export function missingOfKey({
  name,
  limited,
  scopes,
  expires_at,
  day,
}: KeyDraft): ReadonlyMap<string, string> {
  const errors = new Map<string, string>()
  if (name.trim() === '') errors.set('name', 'Give it a name.')
  if (limited && scopes.length === 0) errors.set('scopes', 'Choose at least one.')
  if (expires_at === 'day' && day === '') errors.set('expires_at', 'Choose the day.')
  return errors
}

const DAY_MS = 86_400_000

/** @param now in Unix milliseconds. */
export function termsOf(
  { name, limited, scopes, expires_at, day, addresses }: KeyDraft,
  now: number,
): KeyTerms {
  const lines = addresses.split(/[\s,]+/).filter(line => line !== '')
  return {
    name,
    scopes: limited ? scopes : null,
    expires_at: endOf(expires_at, day, now),
    addresses: lines.length === 0 ? null : lines,
  }
}

function endOf(expiry: Expiry, day: string, now: number): string | null {
  if (expiry === 'never') return null
  const end = expiry === 'day' ? new Date(`${day}T23:59:59`) : new Date(now + Number(expiry) * DAY_MS)
  return end.toISOString()
}
