/** The lines of a header block of which much is read. */

const LINE_FEED = 0x0a
const COLON = 0x3a
const SPACE = 0x20

/** Where the four bytes lie that tell nearly every line apart: behind the `variable_` that most begin with. */
const MARK_AT = 9
const MARK_END = MARK_AT + 4

export class HeaderLines {
  readonly #block: Buffer
  readonly #starts: number[] = []
  readonly #marks: number[] = []

  constructor(block: Buffer) {
    this.#block = block
    for (let start = 0; start < block.length;) {
      this.#starts.push(start)
      this.#marks.push(start + MARK_END <= block.length ? block.readInt32LE(start + MARK_AT) : 0)
      const end = block.indexOf(LINE_FEED, start)
      start = end === -1 ? block.length : end + 1
    }
  }

  /** Where the value begins of the first header of that name; -1 where there is none. */
  startOfValue(name: string): number {
    const marks = this.#marks
    const mark = name.length < MARK_END ? undefined : markOf(name)
    for (let i = 0; i < marks.length; i++) {
      if (mark !== undefined && marks[i] !== mark) continue
      const value = this.#valueAt(this.#starts[i]!, name)
      if (value !== -1) return value
    }
    return -1
  }

  /** Where the value begins, if the line that begins at `start` has that name; else -1. */
  #valueAt(start: number, name: string): number {
    const block = this.#block
    const colon = start + name.length
    if (block[colon] !== COLON || block[colon + 1] !== SPACE || block[start] !== name.charCodeAt(0)) return -1
    return block.toString('latin1', start, colon) === name ? colon + 2 : -1
  }
}

/** As `readInt32LE` reads them in a line. */
function markOf(name: string): number {
  return (
    name.charCodeAt(MARK_AT) |
    (name.charCodeAt(MARK_AT + 1) << 8) |
    (name.charCodeAt(MARK_AT + 2) << 16) |
    (name.charCodeAt(MARK_AT + 3) << 24)
  )
}
