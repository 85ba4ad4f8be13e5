/**
 * Makes books by a clock that is an hour behind, so that their events have ids that are smaller than those of the process
 * beside it. Prints a line when it begins.
 *
 * Arguments: the file, the account, how many.
 */
import { openApp } from '../../../src/app/index.ts'
import { systemClock } from '../../../src/base/index.ts'
import { storeAt } from '../../store-at.ts'
import { books, library } from '../library.ts'

const [file = '', account = '', count = ''] = process.argv.slice(2)
const clock = { ...systemClock, now: () => systemClock.now() - 3_600_000 }
const app = await openApp(library, { store: storeAt(file), clock, work: false })
process.stdout.write('at work\n')
for (let i = 0; i < Number(count); i++) {
  await app.unit(account, ({ on }) => on(books).create({ title: `theirs ${i}`, pages: 1 }))
  await new Promise(resolve => setTimeout(resolve, 2))
}
await app.close()
