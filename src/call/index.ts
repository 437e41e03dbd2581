export { Call, domainOf, type CallContext, type EndedCall } from './call.ts'
export { createCallContext, createCalls, type CallContextOptions, type Calls } from './calls.ts'
export { createLostCallReader } from './lost-call.ts'
export { findStartingPoint, type StartingPoint } from './starting-point.ts'
