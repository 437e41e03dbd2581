/** Codes may be secrets: text that may contain one is masked before it is written anywhere. */

const MASK = '•••'

/** As `maskCode`, for several. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce(maskCode, text)
}

/**
 * Replaces every occurrence of the code in `text`, also where its characters are percent-encoded (`%23` for
 * `#`, or `%31` for `1`, as a redirect may spell it). An empty code masks nothing.
 */
export function maskCode(text: string, code: string): string {
  if (code === '') return text
  const either = Array.from(code, (character) => {
    const encoded = Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`)
    return `(?:${character.replace(/[^A-Za-z0-9]/g, '\\$&')}|${encoded.join('')})`
  })
  return text.replace(new RegExp(either.join(''), 'gi'), MASK)
}
