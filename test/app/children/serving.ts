/**
 * Serves the library until it is killed. Prints its address once it listens.
 *
 * Arguments: the file.
 */
import { serve } from '../../../src/runtimes/node/index.ts'
import { sqlite } from '../../../src/store/sqlite/index.ts'
import { library } from '../library.ts'

const [file = ''] = process.argv.slice(2)
const { url } = await serve(library, { store: sqlite(file), port: 0, signals: false })
process.stdout.write(`${url}\n`)
