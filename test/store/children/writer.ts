/**
 * Writes units until it is killed, and prints the number of each that was acknowledged.
 *
 * Arguments: the file, the number of units at a time, the first number.
 */
import { sqlite } from '../../../src/store/sqlite/index.ts'

const [file = '', width = '', first = ''] = process.argv.slice(2)
const store = await sqlite(file)()
await store.unit(async tx => {
  await tx.run('create table if not exists a (id integer primary key, filler text not null)')
  await tx.run('create table if not exists b (id integer primary key)')
})
let next = Number(first)

async function write(): Promise<never> {
  for (;;) {
    const id = next++
    await store.unit(async tx => {
      await tx.run('insert into a (id, filler) values ($1, $2)', id, 'x'.repeat(300))
      await Promise.resolve()
      await tx.run('insert into b (id) values ($1)', id)
    })
    process.stdout.write(`${id}\n`)
  }
}
await Promise.all(Array.from({ length: Number(width) }, write))
