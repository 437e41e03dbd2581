/** The end of a call is scheduled on FreeSWITCH this far ahead at most: a week. */
export const LONGEST_CALL_SECONDS = 604_800
