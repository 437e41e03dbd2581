/** Rows under headings; on a telephone's width each row becomes a card with its headings beside the values. */
import type { ComponentChildren, JSX } from 'preact'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => ComponentChildren
  /** Numbers stand at the right. */
  readonly isNumber?: boolean
  /** The title is read out, but not seen: such as over buttons. */
  readonly hideTitle?: boolean
}

export interface TableProps<Row> {
  /** Read out before it. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
}

export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>): JSX.Element {
  return (
    <div class="table-box" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, isNumber, hideTitle }) => (
              <th key={title} scope="col" class={isNumber ? 'number' : ''}>
                <span class={hideTitle ? 'unseen' : ''}>{title}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <Cell key={column.title} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** In one box, so that a card has two columns whatever is in it. */
function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }): JSX.Element {
  const { title, cell, isNumber, hideTitle } = column
  const content = cell(row)
  return (
    <td data-title={hideTitle ? undefined : title} class={isNumber ? 'number' : ''}>
      {content !== false && content !== '' && <div class="cell">{content}</div>}
    </td>
  )
}
