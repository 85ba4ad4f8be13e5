import { useEffect, useMemo, useState } from 'preact/hooks'
import { ApiProvider, createApi, readSession, signIn } from './api/api.ts'
import type { Problem, Session } from './api/types.ts'
import { modeOf } from './mode.ts'
import { forgetIssued } from './pages/new-secrets.ts'
import { Pages } from './pages/pages.tsx'
import { SignedOut, type SignedOutReason } from './pages/signed-out.tsx'
import { usePath } from './route.ts'
import { Shell } from './shell.tsx'
import { ProblemNote } from './ui/note.tsx'
import { Toasts } from './ui/toast.tsx'

type State =
  | { readonly is: 'opening' }
  | { readonly is: 'signed-in'; readonly session: Session }
  | { readonly is: 'signed-out'; readonly reason: SignedOutReason }
  | { readonly is: 'out-of-order'; readonly problem: Problem }

/** The whole page: whoever has a session sees the account, everybody else how to get one. */
export function Portal() {
  const [state, setState] = useState<State>({ is: 'opening' })
  useEffect(() => {
    const opened = (): void => void open().then(setState)
    opened()
    // A sign-in link pasted over this page's address changes the fragment and loads nothing.
    const changed = (): void => {
      if (LINK.test(location.hash)) opened()
    }
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])

  if (state.is === 'opening') return <main class="alone" aria-busy="true" />
  if (state.is === 'signed-out') return <SignedOut reason={state.reason} />
  if (state.is === 'out-of-order')
    return (
      <main class="alone">
        <h1>The portal is not available</h1>
        <ProblemNote problem={state.problem} />
      </main>
    )
  const ended = (reason: SignedOutReason): void => {
    forgetIssued()
    setState({ is: 'signed-out', reason })
  }
  return <SignedIn session={state.session} onEnd={ended} />
}

interface SignedInProps {
  readonly session: Session
  readonly onEnd: (reason: SignedOutReason) => void
}

function SignedIn({ session, onEnd }: SignedInProps) {
  const mode = modeOf(usePath())
  const api = useMemo(() => createApi(session.base, mode, () => onEnd('ended')), [session.base, mode])
  return (
    <ApiProvider value={api}>
      <Toasts>
        <Shell session={session} mode={mode} onSignedOut={() => onEnd('left')}>
          {/* Of the other mode nothing stays. */}
          <Pages key={mode} session={session} mode={mode} />
        </Shell>
      </Toasts>
    </ApiProvider>
  )
}

const LINK = /^#sign-in=(.+)$/

/** Spends the sign-in link of the address, if there is one, and finds out whether there is a session. */
async function open(): Promise<State> {
  const token = LINK.exec(location.hash)?.[1]
  // Out of the address before anything else: it must not be shared, bookmarked or restored.
  if (token !== undefined) history.replaceState(null, '', location.pathname)
  const signedIn = token === undefined ? undefined : await signIn(token)
  const session = await readSession()
  if (session.ok) return { is: 'signed-in', session: session.value }
  const first = signedIn?.ok === false ? signedIn.problem : session.problem
  if (first.status !== 401) return { is: 'out-of-order', problem: first }
  return { is: 'signed-out', reason: signedIn === undefined ? 'no-session' : 'link-spent' }
}
