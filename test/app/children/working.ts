/**
 * Works at the workshop until it is ended: by SIGTERM, after giving back what it is at.
 *
 * Arguments: the file, and how many milliseconds its clock is ahead.
 */
import { openApp } from '../../../src/app/index.ts'
import { systemClock } from '../../../src/base/index.ts'
import { storeAt } from '../../store-at.ts'
import { workshop } from '../workshop.ts'

const [file = '', ahead = '0'] = process.argv.slice(2)
const clock = { ...systemClock, now: () => systemClock.now() + Number(ahead) }
const app = await openApp(workshop, { store: storeAt(file), clock })
process.stdout.write('at work\n')
process.once('SIGTERM', () => void app.close().then(() => process.stdout.write('closed\n')))
