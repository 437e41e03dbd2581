/** Names and destinations from outside, cleaned before a call uses them. */
import { DESTINATION } from '../syntax/index.ts'

/** Of a display name, in code points: displays show less, and a checkpoint has to carry it. */
export const LONGEST_DISPLAY_NAME = 64

/** Spaces, dots, dashes and brackets that people write into numbers; `\p{Pd}` and U+2212 are the longer dashes. */
const SEPARATORS = /[\s.()[\]{}\u2212\p{Pd}]/gu

/** As text of one line: white space collapsed, control characters and bidirectional overrides removed. */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim()
}

/**
 * A name as text of one line: white space collapsed, control characters and bidirectional overrides removed,
 * at most 64 characters (code points, so that no surrogate pair is cut). Empty when nothing is left.
 */
export function cleanName(text: string): string {
  return shortened(cleanText(text))
}

/** What is put together of names and texts that are clean. */
export function asName(text: string): string {
  return shortened(text.replace(/\s+/gu, ' ').trim())
}

function shortened(name: string): string {
  if (name.length <= LONGEST_DISPLAY_NAME) return name
  return Array.from(name).slice(0, LONGEST_DISPLAY_NAME).join('').trimEnd()
}

/** A destination without its separators; undefined when it is not `+`, digits, `*` and `#`, 32 at most. */
export function cleanDestination(text: string): string | undefined {
  const bare = text.replace(SEPARATORS, '')
  return DESTINATION.test(bare) ? bare : undefined
}
