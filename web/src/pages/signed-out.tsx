import { useTitle } from './title.ts'

export type SignedOutReason = 'no-session' | 'link-spent' | 'ended' | 'left'

const WORDS: { readonly [reason in SignedOutReason]: { readonly title: string; readonly text: string } } = {
  'no-session': {
    title: 'Sign in with a link',
    text: 'This portal has no passwords. You come in by a sign-in link, which the application that it belongs to gives you.',
  },
  'link-spent': {
    title: 'This link no longer works',
    text: 'A sign-in link works once, and for a short time. This one was used already, or it is too old.',
  },
  ended: {
    title: 'Your session has ended',
    text: 'You were signed out, here or elsewhere, or the session had its time. Nothing that you saved is lost.',
  },
  left: { title: 'You are signed out', text: 'Keys and webhooks go on working while you are away.' },
}

export function SignedOut({ reason }: { readonly reason: SignedOutReason }) {
  const { title, text } = WORDS[reason]
  useTitle(title)
  return (
    <main class="alone">
      <h1>{title}</h1>
      <p>{text}</p>
      <h2>How to come in</h2>
      <p>
        Open the portal from the application again, or ask whoever runs it for a new sign-in link. Opened in
        this browser, the link brings you back here.
      </p>
    </main>
  )
}
