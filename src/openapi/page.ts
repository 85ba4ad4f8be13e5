import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { escapeHtml, type HtmlPage, pageHeaders } from './html.ts'

/** A file that the reference page loads. */
export interface ReferenceAsset {
  readonly type: string
  readonly body: Uint8Array
  /** The same, compressed, for those who accept gzip: 1.3 instead of 4.4 MB. */
  readonly gzip: Uint8Array
}

const SCRIPTS = ['scalar.js', 'start.js'] as const
type Script = (typeof SCRIPTS)[number]

/**
 * The reference of the document at `documentUrl`, where callers read and try the api. Its assets are expected below
 * `assetsUrl` (default `/docs/assets`), by the names that `referenceAsset` knows.
 *
 * A key that is typed in stays in the page's memory and goes to the api's own origin only.
 */
export function referencePage(about: {
  readonly title: string
  readonly documentUrl: string
  readonly assetsUrl?: string
}): HtmlPage {
  const { title, documentUrl, assetsUrl = '/docs/assets' } = about
  const scripts = SCRIPTS.map(name => `<script src="${escapeHtml(`${assetsUrl}/${name}`)}"></script>`)
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
</head>
<body>
<noscript>This page needs JavaScript. <a href="${escapeHtml(documentUrl)}">The document itself</a> does not.</noscript>
<div id="reference" data-document="${escapeHtml(documentUrl)}"></div>
${scripts.join('\n')}
</body>
</html>
`,
    headers: pageHeaders({
      'script-src': "'self'",
      // The library writes style attributes and elements. A style can load nothing from elsewhere: see the others.
      'style-src': "'self' 'unsafe-inline'",
      'img-src': "'self' data:",
      'connect-src': "'self'",
    }),
  }
}

/** Undefined where the reference page has no such file. */
export async function referenceAsset(name: string): Promise<ReferenceAsset | undefined> {
  const script = SCRIPTS.find(known => known === name)
  if (script === undefined) return undefined
  const reading = assets.get(script) ?? read(script)
  assets.set(script, reading)
  return reading
}

const assets = new Map<Script, Promise<ReferenceAsset>>()

async function read(script: Script): Promise<ReferenceAsset> {
  const body = script === 'start.js' ? Buffer.from(START) : await readFile(bundle())
  return { type: 'text/javascript; charset=utf-8', body, gzip: await promisify(gzip)(body) }
}

/** A release carries the library's bundle beside this file; in the repository it comes from where it is installed. */
function bundle(): URL {
  const carried = new URL('./scalar.js', import.meta.url)
  if (existsSync(carried)) return carried
  return new URL('./browser/standalone.js', import.meta.resolve('@scalar/api-reference'))
}

/** Nothing may leave the origin: no fonts, no telemetry, no proxy, no assistant. */
const START = `const page = document.getElementById('reference')
Scalar.createApiReference(page, {
  url: page.dataset.document,
  telemetry: false,
  withDefaultFonts: false,
  proxyUrl: '',
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
  orderSchemaPropertiesBy: 'preserve',
  orderRequiredPropertiesFirst: false,
})
`
