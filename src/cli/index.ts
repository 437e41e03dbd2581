export type { Io, Signal } from './io.ts'
export { gatherLines } from './lines.ts'
