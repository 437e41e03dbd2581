export type { ListedEvent } from './listed-event.ts'
export { readEvents } from './read-events.ts'
export { openEvents, type Events } from './events.ts'
export { forgetCopies, forgetEvents } from './forget-events.ts'
