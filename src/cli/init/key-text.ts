import type { Catalog } from './catalog.ts'
import { sourceText } from './kind.ts'

export interface KeyProgram {
  readonly engine: Catalog['engine']
  /** Where the definition is, as an import has it: `./api.ts`. */
  readonly definition: string
  /** The path of a SQLite file. */
  readonly file: string | undefined
}

/** A program that makes a key for an account. The database is named by a variable: its address may hold a password. */
export const keyText = ({
  engine,
  definition,
  file,
}: KeyProgram): string => `import { openApp } from 'signalbox/node'
import { ${engine} } from 'signalbox/${engine}'
import { publicApi } from ${sourceText(definition)}

// Prints a fresh key of an account, which is made where it is not there yet. Its id is what the columns of owners hold.
const [account] = process.argv.slice(2)
const database = process.env['DATABASE_URL']${file === undefined ? '' : ` ?? ${sourceText(file)}`}
if (account === undefined) throw new Error('Name the account: node key.ts 42')
${file === undefined ? "if (database === undefined) throw new Error('Set DATABASE_URL: postgres://user:password@host/name')\n" : ''}
const app = await openApp(publicApi, { store: ${engine}(database), work: false })
const made = await app.accounts.issueKey(account, 'key.ts').catch(async () => {
  await app.accounts.create(account, account)
  return app.accounts.issueKey(account, 'key.ts')
})
console.log(made.key)
await app.close()
`
