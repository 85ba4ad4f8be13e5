import type { ComponentChildren } from 'preact'
import { signOut } from './api/api.ts'
import type { Session } from './api/types.ts'
import { here, inMode, type Mode } from './mode.ts'
import { navigate, paths, routeOf, usePath } from './route.ts'
import { Button } from './ui/button.tsx'
import { Link } from './ui/link.tsx'
import { useToast } from './ui/toast.tsx'

interface Place {
  readonly label: string
  readonly path: string
  readonly pages: readonly string[]
  /** What a key can be allowed where there is this place; undefined for one that is always there. */
  readonly scope?: string
}

const PLACES: readonly Place[] = [
  {
    label: 'Webhooks',
    path: paths.webhooks,
    pages: ['webhooks', 'new-webhook', 'webhook', 'edit-webhook', 'delivery'],
  },
  { label: 'Events', path: paths.events, pages: ['events', 'event'] },
  {
    label: 'Requests',
    path: paths.requests,
    pages: ['requests', 'request'],
    // Without a log of requests there is no such scope.
    scope: 'requests:read',
  },
  { label: 'Keys', path: paths.keys, pages: ['keys', 'new-key'] },
  { label: 'Audit', path: paths.audit, pages: ['audit'] },
]

interface ShellProps {
  readonly session: Session
  readonly mode: Mode
  readonly onSignedOut: () => void
  readonly children: ComponentChildren
}

/** What is around every page. */
export function Shell({ session, mode, onSignedOut, children }: ShellProps) {
  const { page } = routeOf(usePath())
  const place = PLACES.find(({ pages }) => pages.includes(page))
  const other = mode === 'test' ? 'live' : 'test'
  const say = useToast()
  const leave = async (): Promise<void> => {
    const { ok } = await signOut()
    if (ok) onSignedOut()
    else say('You are still signed in: the server did not answer as it should.')
  }
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <div class="top-inner">
          <Link class="brand" href={paths.webhooks}>
            {session.title}
          </Link>
          <nav class="places" aria-label="Portal">
            {PLACES.filter(({ scope }) => scope === undefined || session.scopes.includes(scope)).map(
              ({ label, path, pages }) => (
                <Link
                  key={path}
                  href={path}
                  aria-current={
                    here(path) === location.pathname ? 'page' : pages.includes(page) ? 'true' : undefined
                  }
                >
                  {label}
                </Link>
              ),
            )}
            <a href={session.docs}>Reference</a>
          </nav>
          <div class="who">
            <button
              type="button"
              role="switch"
              class="switch"
              aria-checked={mode === 'test'}
              // What has an id of its own is not there in the other mode: its list is.
              onClick={() => navigate(inMode(place?.path ?? paths.webhooks, other))}
            >
              Test data
            </button>
            <span class="account" title={session.account.id}>
              {session.account.name}
            </span>
            <Button onClick={() => void leave()}>Sign out</Button>
          </div>
        </div>
        {mode === 'test' && (
          <p class="mode">
            <b>Test data.</b> Nothing here is live: keys, webhooks and events of live data are not shown, and
            not reached.
          </p>
        )}
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}
