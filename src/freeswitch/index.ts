export { openLink, type CallEnd, type Link } from './link.ts'
export type { Recording } from './recording.ts'
