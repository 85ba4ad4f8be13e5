import { parseArgs } from 'node:util'
import { printed } from './printed.ts'
import { soak } from './soak.ts'

// npm run soak -- --kills 1000 --seed 7: prints how it goes and then a report. Fails where something was lost.
// With --minutes 30 no kill comes after these.

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    store: { type: 'string', default: 'sqlite' },
    minutes: { type: 'string', default: 'Infinity' },
  },
})
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
console.log(`seed ${seed}`)
const [kills, minutes] = [Number(values.kills), Number(values.minutes)]
const { store } = values
if (store !== 'sqlite' && store !== 'postgres')
  throw new Error(`--store is sqlite or postgres, not '${store}'`)
const report = await soak({ store, kills, seed, minutes, patient: true, tell: console.log })
console.log(printed(report))
const { lost, wrong, unexpected, integrity } = report
process.exitCode = lost.length + wrong.length + unexpected.length > 0 || integrity !== 'ok' ? 1 : 0
