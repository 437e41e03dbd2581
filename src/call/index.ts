export {
  Call,
  domainOf,
  endedWaiting,
  type CallContext,
  type CallFollower,
  type EndedCall,
  type FollowedCall,
  type LiveCall,
  type Walked,
} from './call.ts'
export {
  createCallContext,
  createCalls,
  type CallContextOptions,
  type Calls,
  type Counting,
  type SharedCounts,
} from './calls.ts'
export { eventsOfEnd } from './call-events.ts'
export { eventSchema } from './event-schema.ts'
export { createLostCallReader } from './lost-call.ts'
export { findStartingPoint, type StartingPoint } from './starting-point.ts'
