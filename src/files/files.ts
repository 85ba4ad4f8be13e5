import * as z from 'zod'
import {
  type AnyEndpoint,
  endpoint,
  fileContent,
  type Route,
  resource,
  type StoredFile,
} from '../contract/index.ts'
import type { Reader, Tx } from '../store/index.ts'

const File = z
  .object({
    id: z.string(),
    name: z.string().describe('As who sent it calls it, without folders'),
    type: z.string().describe('The media type that it was sent with. Nobody has looked whether it is true'),
    size: z.int().describe('In bytes'),
    sha256: z.string().describe('In hexadecimal digits'),
    created_at: z.iso.datetime(),
  })
  .describe('A file that was sent to the api')

/** The files of an account. `on(files).delete(id)` removes one with its bytes, once the unit of work has committed. */
export const files = {
  ...resource('file', {
    path: '/files',
    schema: File,
    owner: 'account_id',
    table: 'signalbox_files',
    methods: ['list', 'get', 'delete'],
    events: false,
    description: 'Files that were sent to the api.',
  }),
  deletedIds: 'signalbox_deleted_files',
}

/** Deleting what is shown elsewhere is for whoever deletes that too. */
export const fileEndpoints: { readonly [name: string]: AnyEndpoint } = {
  getFileContent: endpoint({
    method: 'GET',
    path: '/files/{id}/content',
    output: fileContent(),
    problems: { 'not-found': 404 },
    summary: 'Get the bytes of a file',
    handle: ({ params }) => ({ id: params.id }),
  }),
}

/** Whether an api has anything to do with files. */
export const hasFiles = (routes: readonly Route[]): boolean =>
  routes.some(route => route.files !== undefined || route.content !== undefined)

/** The ids of files begin so. */
export const FILE_PREFIX = files.prefix

const INSERT = `insert into signalbox_files (id, account_id, name, type, size, sha256, created_at)
  values ($1, $2, $3, $4, $5, $6, $7)`
const FIND = 'select id, name, type, size, sha256, created_at from signalbox_files where id = $1'
const FIND_OWN = `${FIND} and account_id = $2`

/** Keeps a file whose bytes are in the sink: from the commit of this unit on. */
export async function keepFile(
  tx: Tx,
  account: string,
  { id, name, type, size, sha256, created_at }: StoredFile,
): Promise<void> {
  await tx.run(INSERT, id, account, name, type, size, sha256, created_at)
}

/** @param account whose it must be; undefined where anybody's will do. */
export async function findFile(
  reader: Reader,
  id: string,
  account: string | undefined,
): Promise<StoredFile | undefined> {
  const row = await (account === undefined ? reader.get(FIND, id) : reader.get(FIND_OWN, id, account))
  return (
    row && {
      id: String(row['id']),
      name: String(row['name']),
      type: String(row['type']),
      size: Number(row['size']),
      sha256: String(row['sha256']),
      created_at: String(row['created_at']),
    }
  )
}
