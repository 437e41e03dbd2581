export { audioFault, LONGEST_AUDIO } from './audio.ts'
export { dialTemplateFault, fillDialTemplate, groupsIn } from './dial-template.ts'
export { LONGEST_CALL_SECONDS, LONGEST_DOCUMENT } from './limits.ts'
export {
  DESTINATION,
  DOCUMENT,
  DOCUMENTS,
  DOMAIN,
  ENVIRONMENT_VARIABLE,
  EVENT_SOCKET_MODULE,
  EXTENSION,
  HOST_NAME,
  NAME,
  QUEUE,
  REVISION,
  UUID,
  VOICEMAIL_PROFILE,
} from './patterns.ts'
export { isRecordingFile, recordingsFault } from './recording.ts'
