import { nodeHttp } from '../base/index.ts'
import type { Route } from '../contract/index.ts'
import { declaredProblem, problems } from '../http/index.ts'
import { cspHash, escapeHtml, type HtmlPage, pageHeaders } from './html.ts'

interface Explained {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly meaning: string | undefined
  readonly mend: string | undefined
  /** The endpoints that declare it: `POST /v1/articles/{id}/feature`. */
  readonly endpoints: readonly string[]
}

/** Every problem that the api can answer, each at `#<code>`, where the `type` of a problem points. */
export function problemsPage(about: { readonly title: string; readonly routes: readonly Route[] }): HtmlPage {
  const byStatus = Map.groupBy(explain(about.routes), problem => problem.status)
  const sections = [...byStatus].toSorted(([a], [b]) => a - b).map(([status, all]) => section(status, all))
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Problems · ${escapeHtml(about.title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Problems</h1>
<p>Every error of ${escapeHtml(about.title)} is a problem as RFC 9457 has it. Its <code>code</code> is stable: let programs tell problems apart by it.</p>
${sections.join('\n')}
</main>
</body>
</html>
`,
    headers: pageHeaders({ 'style-src': cspHash(STYLE), 'img-src': 'data:' }),
  }
}

/** The house's own problems, and those that endpoints declare. A code stands once, at its first status. */
function explain(routes: readonly Route[]): Explained[] {
  const all = new Map<string, Explained>()
  for (const [code, { status, title, meaning, mend }] of Object.entries(problems)) {
    all.set(code, { code, status, title, meaning, mend, endpoints: [] })
  }
  for (const { endpoint, method, path } of routes) {
    for (const [code, status] of Object.entries(endpoint.problems ?? {})) {
      const { title } = declaredProblem(code, status)
      const known = all.get(code) ?? {
        code,
        status,
        title,
        meaning: undefined,
        mend: undefined,
        endpoints: [],
      }
      all.set(code, { ...known, endpoints: [...known.endpoints, `${method} ${path}`] })
    }
  }
  return [...all.values()]
}

function section(status: number, all: readonly Explained[]): string {
  return `<section>
<h2>${status} <span>${nodeHttp().STATUS_CODES[status] ?? ''}</span></h2>
${all.map(article).join('\n')}
</section>`
}

function article({ code, title, meaning, mend, endpoints }: Explained): string {
  const paragraphs = [
    meaning && `<p>${escapeHtml(meaning)}</p>`,
    mend && `<p><b>What to do</b> ${escapeHtml(mend)}</p>`,
    // The house's own need no list: the reference shows at each endpoint what it can answer.
    meaning === undefined &&
      `<p><b>Answered by</b> ${endpoints.map(each => `<code>${escapeHtml(each)}</code>`).join(', ')}</p>`,
  ].filter(paragraph => typeof paragraph === 'string')
  return `<article id="${escapeHtml(code)}">
<h3><a href="#${escapeHtml(code)}"><code>${escapeHtml(code)}</code></a> ${escapeHtml(title)}</h3>
${paragraphs.join('\n')}
</article>`
}

const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#1f2328, #e6e8eb); --soft: light-dark(#59636e, #9aa4af);
  --page: light-dark(#fff, #0f1113); --card: light-dark(#f6f8fa, #181b1f); --line: light-dark(#d9dee3, #2b3036);
  --mark: light-dark(#0b62c4, #79b8ff) }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.6 system-ui, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem 6rem }
h1 { margin: 0 0 .5rem; font-size: 2rem; line-height: 1.2 }
h2 { margin: 3rem 0 1rem; padding-bottom: .4rem; border-bottom: 1px solid var(--line); font-size: 1.25rem }
h2 span { color: var(--soft); font-weight: 400 }
h3 { margin: 0; font-size: 1rem; font-weight: 400; color: var(--soft) }
article { margin: .75rem 0; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card); scroll-margin-top: 1rem }
article:target { border-color: var(--mark); box-shadow: 0 0 0 1px var(--mark) }
article p { margin: .4rem 0 0 }
b { margin-right: .4em; font-weight: 600 }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
h3 code { margin-right: .5em; font-size: 1rem; font-weight: 600 }
a { color: var(--mark); text-decoration: none }
a:hover { text-decoration: underline }
`
