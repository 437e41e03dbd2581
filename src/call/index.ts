export { Call, type CallContext, type EndedCall } from './call.ts'
export { createCallContext, createCalls, type CallContextOptions, type Calls } from './calls.ts'
export { createLostCallReader } from './lost-call.ts'
