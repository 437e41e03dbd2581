/** Lines for people. */

/** Of a terminal. */
export const COLUMNS = 80

/** `text` in lines of at most `columns` characters, all indented, and those behind the first by `hang` more. */
export function wrap(text: string, indent: string, { hang = '  ', columns = COLUMNS } = {}): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    const isFirst = line.trim() === ''
    const fitsBelow = indent.length + hang.length + word.length <= columns
    if (!isFirst && fitsBelow && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = `${indent}${hang}${word}`
    } else line += isFirst ? word : ` ${word}`
    // A URL may be longer than a line.
    while (line.length > columns) {
      lines.push(line.slice(0, columns))
      line = `${indent}${hang}${line.slice(columns)}`
    }
  }
  return [...lines, line]
}
