/**
 * Holds the write lock of a database from `locked` on its output until a line on its input. Argument: the
 * file.
 */
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'

const [file = ''] = process.argv.slice(2)
const db = new DatabaseSync(file)
db.exec('begin immediate')
console.log('locked')
await once(process.stdin, 'data')
db.exec('commit')
db.close()
process.exit()
