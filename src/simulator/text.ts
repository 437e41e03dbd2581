/**
 * FreeSWITCH knows bytes, not characters. Inside the stand-in a string holds one character per byte; text is
 * converted where it comes in from a script and where a result goes out.
 */

/** UTF-8 text, or raw bytes, to one character per byte. */
export function toBytes(text: string | Uint8Array): string {
  return (typeof text === 'string' ? Buffer.from(text, 'utf8') : Buffer.from(text)).toString('latin1')
}

/** One character per byte to text; what is not UTF-8 becomes U+FFFD. */
export function toText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

const PLAIN = /^[!$'()*,\-./0-9A-Z_a-z~]*$/
const ENCODED = /%(?![0-9A-F]{2})|[^!$%'()*,\-./0-9A-Z_a-z~]/g

/** As switch_url_encode: what already looks percent-encoded passes through, which no reader can undo. */
export function encode(value: string): string {
  return PLAIN.test(value) ? value : value.replace(ENCODED, hex)
}

function hex(character: string): string {
  return '%' + character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
}

/** As switch_url_decode: any `%` with a hex digit after it swallows two characters; NUL ends the string. */
export function decode(value: string): string {
  if (!value.includes('%')) return value
  const decoded = value.replace(/%(?=[0-9a-fA-F])([\s\S]{2})/g, (_, two: string) =>
    String.fromCharCode(Number.parseInt(two, 16)),
  )
  const end = decoded.indexOf('\0')
  return end < 0 ? decoded : decoded.slice(0, end)
}

/** As switch_true. */
export function isTrue(value: string | undefined): boolean {
  return (
    value !== undefined && (/^(yes|on|true|t|enabled|active|allow)$/i.test(value) || /^[1-9]\d*$/.test(value))
  )
}
