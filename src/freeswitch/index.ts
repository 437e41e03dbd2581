export { openLink, type Link } from './link.ts'
export type { ConversationEnd } from './session.ts'
