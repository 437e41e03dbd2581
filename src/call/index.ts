export { createCalls, type Calls } from './calls.ts'
export { createLostCallJudge } from './lost-call.ts'
