/** Text, bytes and JSON as nobody would write them, and as attackers do. */
import fc from 'fast-check'

const PIECES = [
  'a', 'Jane', '0', '9', '+31612345678', '0502100000', '215', '*', '#', '.', '..', '/', '%', '%2e', '%0a', '%0d%0a', '%250d%250aX-Evil%253a 1', '%c3%28',
  ':', ':_:', '@', ';', ',', '|', '=', '?', '&', '!', "'", '"', '`', '\\', '\\n', '$', '${', '}', '$\\{', "$'{", '$${', '${system touch x}', '${api_on_answer}',
  '{', '[', ']', '<', '>', '^^:', '(', ')', '\0', '\r', '\n', '\n\n', '\r\n\r\n', '\t', '\x7f', '\u0085', '\u202e', '\ufeff', '\ud800', '\u{1f600}', 'é', '日本',
  'Content-Length: 5\n', 'sendmsg\n', 'api system id', '{api_on_originate=system id}', '[api_on_originate=id]loopback/1', 'mod_event_socket reload',
  '__proto__', 'constructor', 'toString', 'env:HOME', 'ACK', 'NAK', 'status=', 'destination=', 'callername=', '&status=ACK', 'http://', 'https://', '//', 'null', '1e999',
  '-1', '99999999999999999999', 'tone_stream://', 'http_cache://x', '/etc/passwd', '_undef_', 'anonymous',
] // prettier-ignore

export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { arbitrary: fc.constantFrom(...PIECES), weight: 4 },
      { arbitrary: fc.string({ unit: 'binary', maxLength: 4 }), weight: 1 },
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''))

export const hostileBytes: fc.Arbitrary<Buffer> = fc.oneof(
  hostileText.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
)

/** JSON of any shape whose keys are those of `words` or hostile. */
export function hostileJson(words: readonly string[], constants: readonly unknown[]): fc.Arbitrary<unknown> {
  const key = fc.oneof(
    { arbitrary: fc.constantFrom(...words), weight: 8 },
    { arbitrary: hostileText, weight: 1 },
  )
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(fc.constantFrom(...constants), hostileText, fc.constantFrom(null, true, 0, -1, 1.5, 1e300)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    ),
  })).value
}

/** One change of a value of JSON somewhere: another value, gone, or once more. */
export function mutatedJson(original: unknown, others: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const places = placesOf(original)
  const change = fc.tuple(fc.nat(places.length - 1), others, fc.constantFrom('put', 'drop', 'wrap'))
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const root = { root: structuredClone(original) } as Record<string, unknown>
    for (const [place, other, how] of changes) alter(root, ['root', ...places[place]!], other, how)
    return root['root']
  })
}

function placesOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]]
  return [[...path], ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))]
}

function alter(root: Record<string, unknown>, path: readonly string[], other: unknown, how: string): void {
  let holder = root
  for (const key of path.slice(0, -1)) {
    const next = holder[key]
    if (typeof next !== 'object' || next === null) return
    holder = next as Record<string, unknown>
  }
  const last = path.at(-1)!
  if (how === 'put') holder[last] = other
  else if (how === 'wrap') holder[last] = [holder[last], other]
  else if (Array.isArray(holder)) holder.splice(Number(last), 1)
  else Reflect.deleteProperty(holder, last)
}

/** What is done to bytes on their way: some are others, some are missing, some come twice, some are new. */
const damage = fc.tuple(fc.constantFrom('set', 'cut', 'repeat', 'insert'), fc.nat(), fc.nat(40), hostileBytes)

export function damaged(original: Buffer, maxLength = 3): fc.Arbitrary<Buffer> {
  return fc.array(damage, { maxLength }).map((damages) => {
    let bytes = original
    for (const [how, where, length, other] of damages) {
      const at = bytes.length === 0 ? 0 : where % bytes.length
      const piece = how === 'insert' || how === 'set' ? other : bytes.subarray(at, at + length)
      const behind = how === 'set' ? at + other.length : how === 'cut' ? at + length : at
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        how === 'cut' ? other.subarray(0, 0) : piece,
        bytes.subarray(behind),
      ])
    }
    return bytes
  })
}

/** Bytes in pieces, cut anywhere; a few pieces are single bytes. */
export function inPieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => (bytes.length === 0 ? 0 : cut % bytes.length)))]
  const ends = [...places.sort((a, b) => a - b), bytes.length]
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter(({ length }) => length > 0)
}
