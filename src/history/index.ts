export {
  callFilter,
  callMatcher,
  cursorOf,
  firstCalls,
  once,
  placeAt,
  placeOf,
  timeOf,
  type CallFilter,
  type CallQuery,
  type WantedEnding,
  WANTED_ENDINGS,
} from './call-query.ts'
export { openHistory, type History } from './history.ts'
export { findAnywhere } from './find-anywhere.ts'
export type { Forgetting, Missing, ShippingCounts } from './messages.ts'
export { readPage, type CallPage, type PageQuery } from './call-pages.ts'
export { openStoredCalls, type StoredCalls } from './stored-calls.ts'
export { followCalls, readCalls } from './read-calls.ts'
export { forgetCalls } from './forget-calls.ts'
