/** Wire traffic for the log, at `trace`, without what was keyed. */
import type { Frame } from './decoder.ts'

/** The part of a pino logger that connections use. */
export interface Log {
  trace?(fields: object, message: string): void
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Digits are in our own variables, in FreeSWITCH's `digits_dialed`, and in DTMF events. */
const KEYED = /((?:belplan_digits\w*|digits_dialed)(?:=|: )|DTMF-Digit: )(?:\\.|[^\\;\n])*/g

/** Hides digits that a caller keyed. */
export function redact(text: string): string {
  return text.replace(KEYED, '$1•••')
}

/** Text is made of it only if the log line is written: most are not, and a frame is 6–9 KB. */
export class WireText {
  readonly #from: string | Frame

  constructor(from: string | Frame) {
    this.#from = from
  }

  toJSON(): string {
    if (typeof this.#from === 'string') return redact(this.#from)
    const { head, body } = this.#from
    return redact(`${head.toString('latin1')}\n${body?.toString('latin1') ?? ''}`)
  }
}
