/** Codes may be secrets: text that may contain one is masked before it is written anywhere. */

export const MASK = '•••'

/**
 * Replaces every occurrence of a secret in a text, also where its characters are percent-encoded (`%23` for `#`, or
 * `%31` for `1`, as a redirect may spell it), and where secrets overlap. Empty ones mask nothing. Made once for several
 * texts: there may be hundreds of secrets.
 */
export function createMask(secrets: readonly string[]): (text: string) => string {
  if (secrets.length === 0) return unmasked
  const spellings = [...new Set(secrets)]
    .filter((secret) => secret !== '')
    // Of those that begin at one place the first one counts.
    .sort((a, b) => b.length - a.length)
    .map(spellingsOf)
  if (spellings.length === 0) return unmasked
  // Looks at each place of the text as it came: a mask may itself be what a secret is.
  const each = new RegExp(`(?=(${spellings.join('|')}))`, 'gi')
  return (text) => {
    let masked = ''
    let end = 0
    for (const { index, 1: found } of text.matchAll(each)) {
      if (index >= end) masked += text.slice(end, index) + MASK
      end = Math.max(end, index + found!.length)
    }
    return masked + text.slice(end)
  }
}

const unmasked = (text: string): string => text

/** Of the characters of a secret, each as it is or percent-encoded. */
function spellingsOf(secret: string): string {
  const either = Array.from(secret, (character) => {
    const encoded = Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`)
    return `(?:${character.replace(/[^A-Za-z0-9]/g, '\\$&')}|${encoded.join('')})`
  })
  return either.join('')
}

/** As `createMask`, for one text. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return createMask(secrets)(text)
}
