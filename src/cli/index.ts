export { gatherLines, type Io, type Lines, type Signal } from './io.ts'
export { run } from './program.ts'
