/** What a command may touch of the process. */
import type { Environment } from '../config/index.ts'

export interface Io {
  /** One line each. */
  out(line: string): void
  err(line: string): void
  readonly env: Environment
  readonly cwd: string
  /** Standard output is a terminal that shows colours. */
  readonly colour: boolean
  /** Standard error is one. */
  readonly errColour: boolean
  /** Of belplan. */
  readonly version: string
  /** Calls back for each SIGHUP, SIGTERM and SIGINT, until the returned function is called. */
  signals(listener: (signal: Signal) => void): () => void
  /** Ends the process at once. */
  exit(code: number): void
}

export type Signal = 'SIGHUP' | 'SIGTERM' | 'SIGINT'

/** Exit codes: good; the work failed; wrong usage or configuration. */
export const GOOD = 0
export const FAILED = 1
export const WRONG = 2
