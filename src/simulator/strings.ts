/**
 * Strings as FreeSWITCH treats them (switch_utils.c). It knows bytes, not characters: inside the simulator a string
 * holds one character per byte. Text is converted where it comes in from a script and where a result goes out.
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
export function urlEncode(value: string): string {
  return PLAIN.test(value) ? value : value.replace(ENCODED, hex)
}

function hex(character: string): string {
  return '%' + character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
}

/** What `sscanf` takes for a hexadecimal number of two characters: it passes over blanks. */
const HEX = '[ \\t\\n\\v\\f\\r]*([+-][0-9a-fA-F]|[0-9a-fA-F]{1,2})'
const DECODED = new RegExp(`%(?=${HEX})[^]{2}`, 'g')

/** As switch_url_decode: any `%` with a hex digit after it swallows two characters; NUL ends the string. */
export function urlDecode(value: string): string {
  if (!value.includes('%')) return value
  const decoded = value.replace(DECODED, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16) & 0xff),
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

/** Where the bracket that opens at `from` closes, others of its kind inside skipped; -1 where it does not. */
export function closingBracket(text: string, from: number, close: string): number {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === text[from]) depth += 1
    else if (text[at] === close && --depth === 0) return at
  }
  return -1
}

const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', s: ' ' }

/**
 * As switch_separate_string, with its quotes and escapes: splits `text` at `delimiter`, or at the character that a
 * leading `^^` names. At most `limit` parts, the last of which swallows the rest. A run of blanks counts as one.
 */
export function separateString(text: string, delimiter: string, limit: number): string[] {
  const renamed = text.startsWith('^^') && text.length > 3
  const by = renamed ? text[2]! : delimiter
  const source = renamed ? text.slice(3) : text
  return by === ' ' ? atBlanks(source, limit) : atDelimiter(source, by, limit)
}

function atDelimiter(text: string, delimiter: string, limit: number): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  let at = 0
  while (at < text.length && parts.length < limit - 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === "'" && (quoted || text.includes("'", at + 1))) quoted = !quoted
    else if (character === delimiter && !quoted) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
    at += 1
  }
  if (start < text.length) parts.push(text.slice(start))
  return parts.map((part) => cleanUp(part, delimiter))
}

function atBlanks(text: string, limit: number): string[] {
  const parts: string[] = []
  let at = 0
  while (at < text.length && parts.length < limit) {
    while (text[at] === ' ') at += 1
    const start = at
    let quoted = false
    while (at < text.length && (quoted || text[at] !== ' ' || parts.length === limit - 1)) {
      if (text[at] === '\\') at += 1
      else if (text[at] === "'") quoted = !quoted
      at += 1
    }
    parts.push(text.slice(start, at))
    while (text[at] === ' ') at += 1
  }
  return parts.map((part) => cleanUp(part, ''))
}

/** Takes quotes and escapes off, and blanks at both ends unless they were quoted or escaped. */
function cleanUp(part: string, delimiter: string): string {
  let clean = ''
  let end = -1
  let quoted = false
  let at = 0
  while (part[at] === ' ') at += 1
  for (; at < part.length; at += 1) {
    const character = part[at]!
    const escaped = character === '\\' ? unescaped(part[at + 1], delimiter) : undefined
    if (escaped !== undefined) {
      clean += escaped
      end = clean.length
      at += 1
    } else if (character === "'" && (quoted || part.includes("'", at + 1))) {
      quoted = !quoted
      if (quoted) end = clean.length
    } else {
      clean += character
      if (character !== ' ' || quoted) end = clean.length
    }
  }
  return end < 0 ? clean : clean.slice(0, end)
}

function unescaped(next: string | undefined, delimiter: string): string | undefined {
  if (next === undefined) return undefined
  if (next === "'" || next === '"' || next === '\\' || next === delimiter) return next
  return UNESCAPED[next]
}
