/**
 * Works at the library until it is killed: delivers, and does what was put off.
 *
 * Arguments: the file, and how many milliseconds its clock is ahead.
 */
import { openApp } from '../../../src/app/index.ts'
import { systemClock } from '../../../src/base/index.ts'
import { storeAt } from '../../store-at.ts'
import { library } from '../library.ts'

const [file = '', ahead = '0'] = process.argv.slice(2)
const clock = { ...systemClock, now: () => systemClock.now() + Number(ahead) }
await openApp(library, { store: storeAt(file, { clock }), clock, egress: { open: ['loopback'] } })
process.stdout.write('at work\n')
