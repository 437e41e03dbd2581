export { collectArg, playArg, transferArg } from './applications.ts'
export { audio, type Audio } from './audio.ts'
export {
  type Command,
  breakPlayback,
  execute,
  flushDigits,
  kill,
  schedHangup,
  setVariables,
  type Execution,
} from './commands.ts'
export { Connection, LINGER } from './connection.ts'
export { Decoder, type Frame } from './decoder.ts'
export { dialString, type DialString, type Leg, type LegVariables } from './dial-string.ts'
export type { Headers } from './headers.ts'
export { listen, type EslServer } from './server.ts'
export type { VariableValues } from './variables.ts'
