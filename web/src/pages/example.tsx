import { useEffect, useState } from 'preact/hooks'
import { useApi } from '../api/api.ts'
import type { EventType, Example } from '../api/types.ts'
import { type Draft, sentAs } from '../draft.ts'
import { Select } from '../ui/choice.tsx'
import { Code } from '../ui/code.tsx'
import { typesOf } from '../wildcards.ts'

interface ExamplePaneProps {
  readonly draft: Draft
  readonly types: readonly EventType[]
}

/** What a delivery will look like, as the form stands. */
export function ExamplePane({ draft, types }: ExamplePaneProps) {
  const offered = draft.events.length === 0 ? types.map(type => type.name) : typesOf(draft.events, types)
  const [wished, setWished] = useState<string>()
  const name = offered.find(each => each === wished) ?? offered[0]
  const { method, format } = sentAs(draft)
  const example = useExample(name, method, format)
  if (name === undefined) return null
  return (
    <aside class="example" aria-label="Example">
      <h2>Example</h2>
      {offered.length > 1 ? (
        <Select
          label="Event of the example"
          options={offered.map(value => ({ value, label: value }))}
          value={name}
          onValue={setWished}
        />
      ) : (
        <code class="soft">{name}</code>
      )}
      {example !== undefined && <Shown example={example} url={draft.url.trim()} />}
    </aside>
  )
}

function Shown({ example, url }: { readonly example: Example; readonly url: string }) {
  const { method, query, content_type, body } = example
  const to = url === '' ? 'your URL' : url
  return (
    <>
      <p class="request-line">
        <b>{method}</b>{' '}
        <span class="url">{query === null ? to : `${to}${to.includes('?') ? '&' : '?'}…`}</span>
      </p>
      {query !== null && <Code label="Query" text={query} type="application/x-www-form-urlencoded" />}
      {body !== null && <Code label={content_type ?? 'Body'} text={body} type={content_type ?? undefined} />}
      {query === null && body === null && <p class="soft">There is no example of it yet.</p>}
    </>
  )
}

/** The one before stays until the next is there. */
function useExample(
  name: string | undefined,
  method: Draft['method'],
  format: Draft['format'],
): Example | undefined {
  const api = useApi()
  const [example, setExample] = useState<Example>()
  useEffect(() => {
    if (name === undefined) return
    let ended = false
    void api.eventTypes.example(name, { method, format }).then(result => {
      if (!ended) setExample(result.ok ? result.value : undefined)
    })
    return () => {
      ended = true
    }
  }, [api, name, method, format])
  return example
}
