export { placeCall, type Target } from './place-call.ts'
export type { CallScript, Happening, Party } from './script.ts'
export { storyEnd, storyJson, storyLine } from './story.ts'
