export { openLink, type Link } from './link.ts'
export type { CallEnd } from './session.ts'
