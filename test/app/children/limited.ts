/**
 * Serves an api whose accounts have a limit, as one of four processes on a database, until its input ends. Prints the address.
 *
 * Argument: the file.
 */
import { serve } from '../../../src/runtimes/node/index.ts'
import { storeAt } from '../../store-at.ts'
import { limited } from '../limited.ts'

const [file = ''] = process.argv.slice(2)
const serving = await serve(limited, {
  store: storeAt(file),
  port: 0,
  signals: false,
  processes: 4,
  work: false,
})
console.log(serving.url)
process.stdin.once('end', () => void serving.close()).resume()
