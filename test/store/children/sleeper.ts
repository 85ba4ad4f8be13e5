/** Begins a unit, says so, and goes on in it for as long as it is told to stand still. Argument: the database. */
import { postgres } from '../../../src/store/postgres/index.ts'

const store = await postgres(process.argv[2] ?? '')()
let told = false
await store.unit(async tx => {
  await tx.run("insert into items (id) values ('sleeper')")
  if (!told) process.stdout.write('in the unit\n')
  told = true
  // Statement after statement: it is stopped between two of them, or in the midst of one.
  for (const end = Date.now() + 1_000; Date.now() < end; ) await tx.get('select 1 as one')
}, 'the scope')
await store.close()
