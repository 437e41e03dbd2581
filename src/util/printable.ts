/**
 * Text of a document on one line of a terminal: control characters, and what turns the direction of writing, are shown
 * as JSON escapes.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
