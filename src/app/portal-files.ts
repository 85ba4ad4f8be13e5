import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Random } from '../base/index.ts'
import { pageHeaders } from '../openapi/index.ts'
import { NO_STORE, NOSNIFF } from './answers.ts'
import type { Answer } from './exchange.ts'

/** A file that a page loads. */
export interface PageFile {
  readonly type: string
  readonly body: Uint8Array
  readonly gzip: Uint8Array
}

/** The portal's page and what it loads, as they were built. */
export interface PortalFiles {
  page(): Promise<Answer>
  /** A file of `/portal/assets/`; undefined where there is none of this name. */
  asset(name: string): Promise<PageFile | undefined>
}

interface Built {
  readonly index: string
  readonly assets: ReadonlyMap<string, PageFile>
}

/** In the repository the portal lies where it is built; a release carries it beside the rooms. */
const FOLDERS = ['../../web/dist/', '../portal/'].map(path => new URL(path, import.meta.url))

/** Reads what was built, and compresses it, when it is first asked for. */
export function createPortalFiles(random: Random, folders: readonly URL[] = FOLDERS): PortalFiles {
  let reading: Promise<Built> | undefined
  // What is missing, or half built, is looked for again with the next request.
  const built = (): Promise<Built> | undefined => {
    if (reading !== undefined) return reading
    const folder = folders.find(each => existsSync(new URL('index.html', each)))
    reading = folder && read(folder)
    reading?.catch(() => {
      reading = undefined
    })
    return reading
  }
  return {
    async page() {
      const found = await built()
      return found === undefined ? NOT_BUILT : pageAnswer(found.index, nonceOf(random))
    },
    asset: async name => (await built())?.assets.get(name),
  }
}

async function read(folder: URL): Promise<Built> {
  const assets = new URL('assets/', folder)
  // What is served is what was in the folder, by its whole name: no path is ever made of what a request says.
  const names = (await readdir(assets, { withFileTypes: true })).filter(entry => entry.isFile())
  const files = names.map(async ({ name }) => [name, await readAsset(new URL(name, assets))] as const)
  return {
    index: await readFile(new URL('index.html', folder), 'utf8'),
    assets: new Map(await Promise.all(files)),
  }
}

async function readAsset(file: URL): Promise<PageFile> {
  const body = await readFile(file)
  const type = TYPES[extname(file.pathname)] ?? 'application/octet-stream'
  return { type, body, gzip: await promisify(gzip)(body) }
}

const TYPES: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** 128 bits, as CSP 3 §7.1 asks for, anew for each answer. */
const nonceOf = (random: Random): string => Buffer.from(random.bytes(16)).toString('base64url')

function pageAnswer(index: string, nonce: string): Answer {
  const headers = pageHeaders({
    'script-src': `'nonce-${nonce}'`,
    'style-src': `'nonce-${nonce}'`,
    'img-src': "'self' data:",
    'connect-src': "'self'",
  })
  return {
    status: 200,
    headers: [
      ...Object.entries(headers),
      NO_STORE,
      ['permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
    ],
    body: index.replaceAll('__NONCE__', nonce),
  }
}

const NOT_BUILT: Answer = {
  status: 503,
  headers: [['content-type', 'text/plain; charset=utf-8'], NOSNIFF, NO_STORE],
  body: 'The portal is not built here. In the repository, `npm start` and `npm run build` build it.\n',
}
