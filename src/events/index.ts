export type { ListedEvent } from './event-list.ts'
export { readEvents } from './read-events.ts'
export { openEvents, type Events } from './events.ts'
export { forgetEvents } from './forget-events.ts'
