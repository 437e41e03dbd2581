/**
 * What stands for values that the record does not have. Private-use characters are in no number, and in names as good as
 * never, so that nothing is taken for one of these by chance.
 */

/** A digit of a code: any, and no choice of a menu. */
export const SOME_DIGIT = '\uE000'

/** What a server returned, and the cause of a ring. */
export const SOME_VALUE = '\uE001'

/** Of what was keyed, or a server returned. */
export const isUnknownValue = (value: string): boolean =>
  value.includes(SOME_DIGIT) || value.includes(SOME_VALUE)

export const UNKNOWN_RETURNED = { destination: SOME_VALUE, callername: SOME_VALUE }

export const isUnknown = (value: unknown): boolean => JSON.stringify(value ?? '').includes(SOME_VALUE)

/** The text for people. */
export const withUnknown = (text: string): string => text.replaceAll(SOME_VALUE, '(unknown)')
