/** What the commands use of the process, and how they end. */
import type { Environment } from '../config/index.ts'

export interface Io {
  /** One line each. */
  out(line: string): void
  err(line: string): void
  /** Asks whoever is at the terminal; undefined: they closed it. Absent: there is no terminal. */
  ask?(question: string): Promise<string | undefined>
  readonly env: Environment
  readonly cwd: string
  /** Standard output is a terminal: people read it, and not programs. */
  readonly isTerminal: boolean
  /** It is one that shows colours. */
  readonly colour: boolean
  /** Standard error is such a terminal. */
  readonly errColour: boolean
  /** Of belplan. */
  readonly version: string
  /** Calls `listener` for each SIGHUP, SIGTERM and SIGINT, until the returned function is called. */
  signals(listener: (signal: Signal) => void): () => void
  /** Ends the process at once. */
  exit(code: number): void
}

export type Signal = 'SIGHUP' | 'SIGTERM' | 'SIGINT'

/** Exit codes: good; the work failed; wrong usage or configuration. */
export const GOOD = 0
export const FAILED = 1
export const WRONG = 2

export interface Lines {
  add(line: string): void
  /** Writes what has been added, at once: before the process ends. */
  flush(): void
}

/** Writes the lines of one turn of the event loop together: under load, a line costs little but its write. */
export function gatherLines(write: (text: string) => void): Lines {
  let text = ''
  const flush = (): void => {
    const whole = text
    text = ''
    if (whole !== '') write(whole)
  }
  return {
    add(line) {
      if (text === '') setImmediate(flush)
      text += `${line}\n`
    },
    flush,
  }
}
