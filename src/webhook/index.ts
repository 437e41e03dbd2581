export { createAsk, type Asker } from './ask.ts'
export { createMissed } from './missed.ts'
export { secretFault } from './sign.ts'
