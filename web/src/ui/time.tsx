import { useNow } from '../clock.ts'
import { ago, fullTime, until } from '../words.ts'

/** How long ago; exactly when, on pointing at it. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow(15_000)
  return (
    <time datetime={at} title={fullTime(at)}>
      {ago(at, now)}
    </time>
  )
}

/** How long until then. */
export function Until({ at }: { readonly at: string }) {
  const now = useNow(1_000)
  return (
    <time datetime={at} title={fullTime(at)}>
      {until(at, now)}
    </time>
  )
}

export const At = ({ at }: { readonly at: string }) => <time datetime={at}>{fullTime(at)}</time>
