/**
 * Serves the library until it is killed. Prints its address once it listens.
 *
 * Arguments: the file.
 */
import { serve } from '../../../src/runtimes/node/index.ts'
import { storeAt } from '../../store-at.ts'
import { library } from '../library.ts'

const [file = ''] = process.argv.slice(2)
const { url } = await serve(library, { store: storeAt(file), port: 0, signals: false })
process.stdout.write(`${url}\n`)
