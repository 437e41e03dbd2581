export { audio, type Audio, collectArg, queueArg, transferArg, voicemailArg } from './applications.ts'
export {
  breakPlayback,
  events,
  execute,
  flushDigits,
  kill,
  listQueue,
  schedHangup,
  schedWaitOver,
  setVariables,
  unschedule,
  WAIT_IS_OVER,
  type Execution,
  type VariableValues,
} from './commands.ts'
export { Connection } from './connection.ts'
export { Decoder, type Frame } from './decoder.ts'
export { dialString, type DialString, type Greeting, type Leg, type LegVariables } from './dial-string.ts'
export type { Command } from './guard.ts'
export type { Headers } from './headers.ts'
export {
  RECORDING,
  recordingCommands,
  recordingFile,
  type RecordingChange,
  type RecordingFile,
} from './recording.ts'
export { createEslServer, type EslServer } from './server.ts'
