/**
 * Watches the newspaper's table until it is killed, and adds to the score of the row `shared` all the while. Prints a line
 * once it is at work, and another once it has written.
 *
 * Arguments: the file, the account.
 */
import { openApp } from '../../../src/app/index.ts'
import { storeAt } from '../../store-at.ts'
import { articles, newspaper } from '../watched.ts'

const [file = '', account = ''] = process.argv.slice(2)
const app = await openApp(newspaper, { store: storeAt(file) })
process.stdout.write('at work\n')
for (let n = 0; ; n++) {
  await app.unit(account, async ({ on }) => {
    const { score } = (await on(articles).get('shared')) ?? { score: Number.NaN }
    await on(articles).patch('shared', { score: score + 1 })
  })
  if (n === 0) process.stdout.write('wrote\n')
  await new Promise(resolve => setTimeout(resolve, 2))
}
