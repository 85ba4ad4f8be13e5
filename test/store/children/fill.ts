/**
 * Writes units of two rows until the disk is full, says `full` and what was acknowledged; reads; after a line
 * on its input tries until a unit comes through. Argument: the file.
 */
import { once } from 'node:events'
import { StoreFull } from '../../../src/store/index.ts'
import { sqlite } from '../../../src/store/sqlite/index.ts'

const [file = ''] = process.argv.slice(2)
const store = await sqlite(file)()
await store.unit(async tx => {
  await tx.run('create table a (id integer primary key, filler text not null)')
  await tx.run('create table b (id integer primary key)')
})
const acknowledged: number[] = []
const refusals = new Set<string>()
let next = 0

async function write(): Promise<boolean> {
  const id = next++
  try {
    await store.unit(async tx => {
      await tx.run('insert into a (id, filler) values ($1, $2)', id, 'x'.repeat(3_000))
      await tx.run('insert into b (id) values ($1)', id)
    })
    acknowledged.push(id)
    return true
  } catch (error) {
    refusals.add(error instanceof StoreFull ? 'StoreFull' : String(error))
    return false
  }
}
let full = false
while (!full) full = (await Promise.all(Array.from({ length: 20 }, write))).includes(false)
const read = await store.read.all('select a.id from a join b on a.id = b.id order by a.id')
console.log(JSON.stringify({ acknowledged, refusals: [...refusals], read: read.map(row => row['id']) }))

await once(process.stdin, 'data')
let recovered = 0
while (recovered < 20) recovered += (await write()) ? 1 : 0
console.log(JSON.stringify({ acknowledged, refusals: [...refusals] }))
await store.close()
process.exit()
