export { createCalls, type Calls } from './calls.ts'
export { createLostCallReader } from './lost-call.ts'
