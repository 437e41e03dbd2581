const PERCENT = 0x25

/** Means what it says, and nothing else. */
const PLAIN = /^[\x00-\x24\x26-\x7f]*$/

/**
 * Percent-decodes the value that lies from `from` to `to` into text. Never throws: an escape that is none stays
 * as it is, and bytes that are not UTF-8 (a name in Latin-1, `J%E9r`) become replacement characters.
 */
export function decodeValue(block: Buffer, from = 0, to = block.length): string {
  const plain = block.toString('latin1', from, to)
  return PLAIN.test(plain) ? plain : decodeBeyond(block.subarray(from, to))
}

function decodeBeyond(raw: Buffer): string {
  const text = raw.toString('utf8')
  if (!raw.includes(PERCENT)) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return decodeBytes(raw).toString('utf8')
  }
}

function decodeBytes(raw: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(raw.length)
  let length = 0
  for (let at = 0; at < raw.length; length++) {
    const escaped = raw[at] === PERCENT ? 16 * digitOf(raw[at + 1]) + digitOf(raw[at + 2]) : NaN
    decoded[length] = Number.isNaN(escaped) ? raw[at]! : escaped
    at += Number.isNaN(escaped) ? 1 : 3
  }
  return decoded.subarray(0, length)
}

/** Of a hexadecimal digit; NaN for anything else. Strings are not made of it: there may be a million. */
function digitOf(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN
}
