import type { Attempt, Headers } from '../api/types.ts'
import { Badge } from '../ui/badge.tsx'
import { Code } from '../ui/code.tsx'
import { Icon } from '../ui/icon.tsx'
import { At } from '../ui/time.tsx'
import { capital, duration } from '../words.ts'

interface AttemptProps {
  readonly attempt: Attempt
  /** The delivery's: every attempt sends the same bytes. */
  readonly body: string
  /** From the beginning. */
  readonly open: boolean
}

/** One HTTP try: what was sent, and what came back. */
export const AttemptCard = ({ attempt, body, open }: AttemptProps) => (
  <details class="attempt" open={open}>
    <summary>
      <span class="attempt-mark">
        <Icon name="next" />
      </span>
      <span class="attempt-number">Attempt {attempt.number}</span>
      <Badge tone={attempt.outcome === 'delivered' ? 'good' : 'bad'}>
        {attempt.status === null ? capital(attempt.outcome) : `${attempt.status} ${capital(attempt.outcome)}`}
      </Badge>
      <span class="attempt-when">
        <At at={attempt.started_at} />
        <span>{duration(attempt.duration_ms)}</span>
      </span>
    </summary>
    {attempt.error !== null && <p class="attempt-error">{attempt.error}</p>}
    <div class="exchange">
      <section aria-label={`Request of attempt ${attempt.number}`}>
        <h3>Request</h3>
        <p class="request-line">
          <b>{attempt.method}</b> <span class="url">{attempt.url}</span>
        </p>
        <HeaderList headers={attempt.request_headers} />
        {attempt.method === 'GET' ? (
          <Code
            label="Parameters"
            text={attempt.url.slice(attempt.url.indexOf('?') + 1)}
            type="application/x-www-form-urlencoded"
          />
        ) : (
          <Code label="Request body" text={body} type={headerOf(attempt.request_headers, 'content-type')} />
        )}
      </section>
      <section aria-label={`Response to attempt ${attempt.number}`}>
        <h3>Response</h3>
        <Response attempt={attempt} />
      </section>
    </div>
  </details>
)

function Response({ attempt: { status, response_headers, response_body } }: { readonly attempt: Attempt }) {
  if (status === null) return <p class="soft">No answer came.</p>
  return (
    <>
      <p class="request-line">
        <b>{status}</b>
      </p>
      {response_headers !== null && <HeaderList headers={response_headers} />}
      {response_body === null || response_body === '' ? (
        <p class="soft">No body.</p>
      ) : (
        <Code
          label="Response body"
          text={response_body}
          type={response_headers === null ? undefined : headerOf(response_headers, 'content-type')}
        />
      )}
    </>
  )
}

const HeaderList = ({ headers }: { readonly headers: Headers }) => (
  <dl class="headers">
    {Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().map((each, index) => (
        <div key={`${name} ${index}`}>
          <dt>{name}</dt>
          <dd>{each}</dd>
        </div>
      )),
    )}
  </dl>
)

const headerOf = (headers: Headers, name: string): string | undefined =>
  Object.entries(headers)
    .filter(pair => pair[0].toLowerCase() === name)
    .map(pair => [pair[1]].flat().join(', '))[0]
