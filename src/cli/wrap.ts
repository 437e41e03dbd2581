/** Lines for people. */

const COLUMNS = 80

/** `text` in lines of at most 80 characters, all indented, and those behind the first by two more. */
export function wrap(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    const isFirst = line.trim() === ''
    if (!isFirst && line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = `${indent}  ${word}`
    } else line += isFirst ? word : ` ${word}`
    // A URL may be longer than a line.
    while (line.length > COLUMNS) {
      lines.push(line.slice(0, COLUMNS))
      line = `${indent}  ${line.slice(COLUMNS)}`
    }
  }
  return [...lines, line]
}
