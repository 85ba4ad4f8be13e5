import { openApp } from 'signalbox/node'
import { newsroom } from './newsroom.ts'
import { DEMO_ACCOUNT, database, keptFiles, port } from './settings.ts'

// `npm run -s portal`: prints one fresh link to the portal and nothing else. The server may be running or not.
const app = await openApp(newsroom, { store: database(), files: keptFiles, work: false })
const { path } = await app.accounts.signInLink(await app.accounts.named(DEMO_ACCOUNT))
console.log(`http://127.0.0.1:${port}${path}`)
await app.close()
