import type { ComponentChildren } from 'preact'

export type Tone = 'good' | 'bad' | 'waiting' | 'quiet'

/** A state, in a word and a colour. */
export const Badge = ({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>{children}</span>
)
