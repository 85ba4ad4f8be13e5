/** Serves the gallery and says where, and with which key. Arguments: the database, the folder of files. */
import { folder } from '../../../src/files/folder/index.ts'
import { serve } from '../../../src/runtimes/node/index.ts'
import { gallery } from '../../app/gallery.ts'
import { storeAt } from '../../store-at.ts'

const [database = '', files = ''] = process.argv.slice(2)
const { app, url } = await serve(gallery, { store: storeAt(database), files: folder(files), port: 0 })
const { key } = await app.accounts.issueKey(await app.accounts.named('one'), 'test')
console.log(`${url} ${key}`)
