export { openLink, type Link } from './link.ts'
export type { Recording } from './recording.ts'
export type { CallEnd } from './session.ts'
