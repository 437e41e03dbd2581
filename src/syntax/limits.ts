/** The end of a call is scheduled on FreeSWITCH this far ahead at most: a week. */
export const LONGEST_CALL_SECONDS = 604_800

/** Of a document's name that a client sends, folders included, in characters. */
export const LONGEST_DOCUMENT = 200
