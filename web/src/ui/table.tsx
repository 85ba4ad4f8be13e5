import type { ComponentChildren, Key } from 'preact'

export interface Column<T> {
  readonly head: string
  readonly cell: (row: T) => ComponentChildren
  /** Left out where the page is narrow. */
  readonly wide?: boolean
  /** Numbers and times: to the right. */
  readonly end?: boolean
}

interface TableProps<T> {
  /** What the table lists, for those who do not see it. */
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => Key
}

/** A link with the class `row-link` in a cell takes clicks of the whole row. */
export const Table = <T,>({ label, columns, rows, keyOf }: TableProps<T>) => (
  <div class="table">
    <table>
      <caption class="unseen">{label}</caption>
      <thead>
        <tr>
          {columns.map(column => (
            <th key={column.head} scope="col" class={classOf(column)}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={keyOf(row)}>
            {columns.map(column => (
              <td key={column.head} class={classOf(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

const classOf = ({ wide, end }: { readonly wide?: boolean; readonly end?: boolean }): string =>
  `${wide ? 'wide' : ''} ${end ? 'end' : ''}`.trim()
