const PERCENT = 0x25

/**
 * Percent-decodes a value into text. Never throws: an escape that is none stays as it is, and bytes that are not
 * UTF-8 (a name in Latin-1, `J%E9r`) become replacement characters.
 */
export function decodeValue(raw: Buffer): string {
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
    const escaped = raw[at] === PERCENT ? byteOf(raw.toString('latin1', at + 1, at + 3)) : undefined
    decoded[length] = escaped ?? raw[at]!
    at += escaped === undefined ? 1 : 3
  }
  return decoded.subarray(0, length)
}

function byteOf(hex: string): number | undefined {
  return /^[0-9a-f]{2}$/i.test(hex) ? Number.parseInt(hex, 16) : undefined
}
