import { walk } from '../test/e2e/walk.ts'

// Walks the newsroom's journey against a running server: node scripts/walk.ts URL KEY
const [url, key] = process.argv.slice(2)
if (url === undefined || key === undefined) {
  console.error('usage: node scripts/walk.ts http://127.0.0.1:8080 news_…')
  process.exit(2)
}
await walk(url, key, step => console.log(`  ${step}`))
