import { changeOf, keptTimes, newRowOf, pageOf } from './derived.ts'
import { type AnyEndpoint, endpoint } from './endpoint.ts'
import { listQueryOf } from './listing.ts'
import { anyOne, type Resource, type ResourceMethod } from './resource.ts'
import type { Schema } from './schema.ts'
import { selectionQueryOf } from './selection.ts'
import type { ListQuery, ReadRows, SelectedRows } from './unit.ts'

/** What a resource's rows are is known to its declaration alone; this is what may be known of all. */
interface StandardRow {
  readonly id: string
  readonly updated_at?: string
}

/** The endpoints of a resource's standard methods, by operation id. They are endpoints like any other. */
export function standardEndpoints(resource: Resource): { readonly [name: string]: AnyEndpoint } {
  const rows = resource as unknown as Resource<string, object, StandardRow>
  const output = resource.schema as Schema<StandardRow>
  const one = pascal(resource.name)
  const many = pascal(resource.path.split('/').at(-1) ?? resource.name)
  const element = resource.name
  const row = `${resource.path}/{id}` as const
  const describe = resource.description === undefined ? {} : { description: resource.description }
  const problems = { 'not-found': 404 } as const
  const { requireMatch, jsonPatch } = resource
  /** What callers of it may select of rows. */
  const selection = (method: 'list' | 'get') => {
    const open = resource.open.includes(method)
    const query = selectionQueryOf(resource, open)
    return { open, ...(query !== undefined && { input: query, selects: resource }) }
  }

  const make: { readonly [M in ResourceMethod]: () => readonly [string, AnyEndpoint] } = {
    list: () => [
      `list${many}`,
      endpoint({
        method: 'GET',
        path: resource.path,
        ...selection('list'),
        input: listQueryOf(rows, resource.open.includes('list')),
        output: pageOf(rows),
        summary: `List ${resource.path.slice(1).replaceAll('_', ' ')}, newest first`,
        ...describe,
        fromRows: true,
        names: { pageOf: one },
        handle: ({ on, input }) => selected(on(rows)).list(input as ListQuery<StandardRow>),
      }),
    ],
    get: () => [
      `get${one}`,
      endpoint({
        method: 'GET',
        path: row,
        output,
        problems,
        ...selection('get'),
        summary: `Get ${anyOne(resource)}`,
        ...describe,
        fromRows: true,
        names: { output: one, element },
        ...lastModifiedOf(resource),
        handle: async ({ on, params, input, fail }) =>
          (await selected(on(rows)).get(params.id, input)) ?? fail('not-found'),
      }),
    ],
    create: () => [
      `create${one}`,
      {
        ...endpoint({
          method: 'POST',
          path: resource.path,
          input: newRowOf(rows),
          output,
          status: 201,
          location: created => `${resource.path}/${created.id}`,
          summary: `Create ${anyOne(resource)}`,
          ...describe,
          names: { input: `New${one}`, output: one, element },
          storesInput: true,
          handle: ({ on, input }) => on(rows).create(input),
        }),
        adds: true,
      },
    ],
    replace: () => [
      `replace${one}`,
      endpoint({
        method: 'PUT',
        path: row,
        input: newRowOf(rows),
        output,
        problems,
        requireMatch,
        summary: `Replace ${anyOne(resource)}`,
        ...describe,
        names: { input: `New${one}`, output: one, element },
        storesInput: true,
        handle: ({ on, params, input }) => on(rows).replace(params.id, input),
      }),
    ],
    update: () => [
      `update${one}`,
      endpoint({
        method: 'PATCH',
        path: row,
        input: changeOf(rows),
        output,
        problems: jsonPatch ? { ...problems, 'patch-test-failed': 409 } : problems,
        requireMatch,
        jsonPatch,
        summary: `Change ${anyOne(resource)}`,
        ...describe,
        names: { input: `${one}Change`, output: one, element },
        storesInput: true,
        handle: ({ on, params, input }) => on(rows).patch(params.id, input),
      }),
    ],
    delete: () => [
      `delete${one}`,
      endpoint({
        method: 'DELETE',
        path: row,
        // In a database of the application's, tables may refer to it of which no definition tells.
        problems: { ...problems, 'in-use': 409 },
        requireMatch,
        summary: `Delete ${anyOne(resource)}`,
        ...describe,
        handle: async ({ on, params, fail }) => {
          if (!(await on(rows).delete(params.id))) fail('not-found')
        },
      }),
    ],
  }
  return Object.fromEntries(resource.methods.map(method => make[method]()))
}

/** Where others write to the table as well, nobody can say whether they keep its `updated_at`. */
const lastModifiedOf = (resource: Resource) =>
  resource.watch || !keptTimes(resource).includes('updated_at')
    ? {}
    : { lastModified: (row: StandardRow) => row.updated_at }

/** Every unit gives its rows so: the types of others promise whole rows. */
const selected = <R>(rows: ReadRows<R>): SelectedRows<R> => rows

/** `news_item` is called `NewsItem` in documents. */
export const pascal = (name: string): string =>
  name.replaceAll(/(?:^|[_-])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
