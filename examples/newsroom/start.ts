import type { IncomingMessage, ServerResponse } from 'node:http'
import { serve } from 'signalbox/node'
import { newsroom } from './newsroom.ts'
import { DEMO_ACCOUNT, database, keptFiles, port } from './settings.ts'
import { samplePage } from './site/index.ts'

// `npm start`: the newsroom, and beside it a small newspaper of its own, so that there is something to import offline.
const { app, url } = await serve(newsroom, {
  store: database(),
  files: keptFiles,
  port,
  // The example's own pages and receivers are on this machine. Leave this out where strangers have keys.
  egress: { open: ['loopback'] },
  metrics: { addresses: ['127.0.0.1'] },
  application: newspaper,
})
const account = await app.accounts.named(DEMO_ACCOUNT)
const { key } = await app.accounts.issueKey(account, 'npm start')
const link = await app.accounts.signInLink(account)

function newspaper(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  const [path = '/'] = (incoming.url ?? '/').split('?')
  const page = samplePage(path, `http://${incoming.headers.host ?? 'localhost'}`)
  if (page === undefined) return false
  outgoing.writeHead(200, { 'content-type': page.type }).end(page.body)
  return true
}

console.log(`
Newsroom is running.

  API         ${url}/v1
  Reference   ${url}/docs
  OpenAPI     ${url}/openapi.json
  Newspaper   ${url}/sample/

The portal, signed in as the account '${DEMO_ACCOUNT}'. The link works once, for an hour (one more: npm run -s portal):

  ${url}${link.path}

A key of the account '${DEMO_ACCOUNT}' (one more: npm run -s key):

  ${key}

Try it:

  curl ${url}/v1/imports -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '{"url":"${url}/sample/night-ferry"}'
  curl ${url}/v1/articles -H 'Authorization: Bearer ${key}'
  curl ${url}/v1/webhooks -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '{"url":"http://127.0.0.1:9000/","events":["article.updated"]}'
  curl ${url}/v1/events -H 'Authorization: Bearer ${key}'

The same with test data, which is apart: add -H 'Api-Mode: test'.

Webhooks and imports may reach this machine itself (loopback is open), which is for trying out only.
Stop it with Ctrl-C.
`)
