/**
 * What stands for values that the record does not have. Control characters are in nothing that a caller keys or a server
 * returns, once it is cleaned, so that nothing is taken for one of these. Those behind U+007E are as they are in JSON, and
 * short, since what servers return is counted in bytes.
 */

/** A digit of a code: any, and no choice of a menu. */
export const SOME_DIGIT = '\u007F'

/** What a server returned, and the cause of a ring; too short to be masked in another such text where it is secret. */
export const SOME_VALUE = '\u0080'

/** Of what was keyed, or a server returned. */
export const isUnknownValue = (value: string): boolean =>
  value.includes(SOME_DIGIT) || value.includes(SOME_VALUE)

export const UNKNOWN_RETURNED = { destination: SOME_VALUE, callername: SOME_VALUE }

export const isUnknown = (value: unknown): boolean => JSON.stringify(value ?? '').includes(SOME_VALUE)

/** The text for people. */
export const withUnknown = (text: string): string => text.replaceAll(SOME_VALUE, '(unknown)')
