import type { ComponentChildren } from 'preact'
import { signOut } from './api/api.ts'
import type { Session } from './api/types.ts'
import { paths, routeOf, usePath } from './route.ts'
import { Button } from './ui/button.tsx'
import { Link } from './ui/link.tsx'
import { useToast } from './ui/toast.tsx'

const PLACES = [
  {
    label: 'Webhooks',
    path: paths.webhooks,
    pages: ['webhooks', 'new-webhook', 'webhook', 'edit-webhook', 'delivery'],
  },
  { label: 'Events', path: paths.events, pages: ['events', 'event'] },
  { label: 'Keys', path: paths.keys, pages: ['keys'] },
]

interface ShellProps {
  readonly session: Session
  readonly onSignedOut: () => void
  readonly children: ComponentChildren
}

/** What is around every page. */
export function Shell({ session, onSignedOut, children }: ShellProps) {
  const { page } = routeOf(usePath())
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
            {PLACES.map(({ label, path, pages }) => (
              <Link
                key={path}
                href={path}
                aria-current={path === location.pathname ? 'page' : pages.includes(page) ? 'true' : undefined}
              >
                {label}
              </Link>
            ))}
            <a href={session.docs}>Reference</a>
          </nav>
          <div class="who">
            <span class="account" title={session.account.id}>
              {session.account.name}
            </span>
            <Button onClick={() => void leave()}>Sign out</Button>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}
