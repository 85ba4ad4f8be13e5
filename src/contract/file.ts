import { DefinitionError } from './definition-error.ts'
import { schemaFrom } from './derived.ts'
import type { Schema } from './schema.ts'

/** A file that an endpoint takes beside its input. */
export interface FileField {
  /** The media types that are taken, or ranges of them: `image/png`, `image/*`. Default: all. */
  readonly types?: readonly string[]
  /** Default: 10 MiB. */
  readonly maxBytes?: number
  /** True where it may be left out. Default: false. */
  readonly optional?: boolean
  readonly description?: string
}

/** By the name of the part that brings each. */
export type FileFields = { readonly [name: string]: FileField }

/** What the store keeps of a file that a caller sent. Its bytes lie in the sink. */
export interface StoredFile {
  readonly id: string
  /** As the caller calls it, without folders and without what cannot be seen. */
  readonly name: string
  /** The media type that the caller gave. Nobody has looked whether it is true. */
  readonly type: string
  /** In bytes. */
  readonly size: number
  /** In 64 hexadecimal digits. */
  readonly sha256: string
  readonly created_at: string
}

/** The files of a request, by their names. */
export type Uploaded<F extends FileFields> = {
  readonly [N in keyof F]: F[N] extends { readonly optional: true } ? StoredFile | undefined : StoredFile
}

const DEFAULT_FILE_BYTES = 10 * 2 ** 20
/** Of one request. */
const MAX_FILES = 10

/** A file that an endpoint takes, with what was left to defaults. */
export interface RouteFile extends Required<Omit<FileField, 'description'>> {
  readonly name: string
  readonly description: string | undefined
}

/** The files that an endpoint takes, in the order in which they are declared; undefined where it takes none. */
export function filesOf(files: FileFields | undefined): readonly RouteFile[] | undefined {
  if (files === undefined) return undefined
  return Object.entries(files).map(([name, field]) => ({
    name,
    types: field.types ?? ['*/*'],
    maxBytes: field.maxBytes ?? DEFAULT_FILE_BYTES,
    optional: field.optional ?? false,
    description: field.description,
  }))
}

/** `image/png`, `image/*` or all of them. */
const TYPE = /^(\*\/\*|[a-z0-9][a-z0-9!#$&^_.+-]*\/(\*|[a-z0-9][a-z0-9!#$&^_.+-]*))$/

interface Taking {
  readonly method: string
  readonly open?: boolean
}

/** @throws DefinitionError where it could not take its files. */
export function checkFiles(
  { method, open, files }: Taking & { readonly files?: FileFields },
  place: string,
): void {
  const taken = filesOf(files)
  if (taken === undefined) return
  if (method !== 'POST' && method !== 'PUT' && method !== 'PATCH') {
    throw new DefinitionError(place, `a ${method} brings no files`, 'Use POST, PUT or PATCH')
  }
  if (open === true) {
    throw new DefinitionError(
      place,
      'it is open, and takes files that would belong to no account',
      'Leave out one of open and files',
    )
  }
  if (taken.length === 0 || taken.length > MAX_FILES) {
    throw new DefinitionError(
      place,
      `it takes ${taken.length} files`,
      `Name from 1 to ${MAX_FILES}, or leave files out`,
    )
  }
  for (const { name, types, maxBytes } of taken) {
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) {
      throw new DefinitionError(place, `the file '${name}' is no plain name`, "Write it like 'image'")
    }
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
      throw new DefinitionError(
        place,
        `maxBytes of the file '${name}' is ${maxBytes}`,
        'Give a number of bytes: 5 * 2 ** 20',
      )
    }
    checkTypes(types, `${place}, the file '${name}'`)
  }
}

function checkTypes(types: readonly string[], place: string): void {
  const wrong = types.length === 0 ? '' : types.find(type => !TYPE.test(type))
  if (wrong === undefined) return
  throw new DefinitionError(
    place,
    `'${wrong}' is no media type in lower case`,
    "Write 'image/png' or 'image/*'",
  )
}

/** Whether one of the media types, or ranges of them, has this type. */
export const includesType = (types: readonly string[], type: string): boolean =>
  types.some(
    each => each === '*/*' || each === type || (each.endsWith('/*') && type.startsWith(each.slice(0, -1))),
  )

/** The bytes of a file as an endpoint's answer. Its handler answers the file, or any object with its id. */
export interface FileContent extends Schema<{ readonly id: string }> {
  readonly kind: 'file-content'
  readonly types: readonly string[]
  readonly shared: boolean
}

export interface FileContentOptions {
  /** The media types that the files may have, for the documents. Default: all. */
  readonly types?: readonly string[]
  /**
   * Whether the file may be of another account than the caller's: then only the handler stands between callers and every
   * file there is. Default: false, another account's file is a 404.
   */
  readonly shared?: boolean
}

/** Answers a file, whole or a range of it: `output: fileContent({ types: ['image/png'] })`. For GET. */
export function fileContent({ types = ['*/*'], shared = false }: FileContentOptions = {}): FileContent {
  checkTypes(types, 'fileContent')
  const schema = schemaFrom<{ readonly id: string }>({
    jsonSchema: () => ({ type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }),
    validate: value => ({ value: value as { readonly id: string } }),
  })
  return { kind: 'file-content', types, shared, ...schema }
}

export const isFileContent = (schema: Schema | undefined): schema is FileContent =>
  schema !== undefined && 'kind' in schema && schema.kind === 'file-content'

/** @throws DefinitionError where it could not answer a file. */
export function checkFileContent(
  { method, open, output }: Taking & { readonly output?: Schema },
  place: string,
): void {
  if (!isFileContent(output)) return
  if (method !== 'GET') throw new DefinitionError(place, `a ${method} answers no file`, 'Use GET')
  if (open === true && !output.shared) {
    throw new DefinitionError(
      place,
      'it is open, and answers files of the account that calls',
      'Write fileContent({ shared: true }), or leave open out',
    )
  }
}
