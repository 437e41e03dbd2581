export type { ConversationEnd } from './conversation-end.ts'
export { openLink, type Link } from './link.ts'
