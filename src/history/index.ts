export {
  callFilter,
  callMatcher,
  cursorOf,
  firstCalls,
  placeAt,
  placeOf,
  timeOf,
  type CallFilter,
  type CallQuery,
  type WantedEnding,
  WANTED_ENDINGS,
} from './call-query.ts'
export { openHistory, type History } from './history.ts'
export { readPage, type CallPage, type PageQuery } from './call-pages.ts'
export { followCalls, readCalls } from './read-calls.ts'
export { forgetCalls } from './forget-calls.ts'
