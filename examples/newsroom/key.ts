import { openApp } from 'signalbox/node'
import { newsroom } from './newsroom.ts'
import { DEMO_ACCOUNT, database, keptFiles } from './settings.ts'

// `npm run -s key`: prints one fresh key of the demo account and nothing else. The server may be running or not.
const app = await openApp(newsroom, { store: database(), files: keptFiles, work: false })
const { key } = await app.accounts.issueKey(await app.accounts.named(DEMO_ACCOUNT), 'npm run key')
console.log(key)
await app.close()
