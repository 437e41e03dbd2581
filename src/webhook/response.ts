/** What a server's response says (docs/webhooks.md, "The answer"). Pure: bytes in, values out. */
import { cleanDestination, cleanName, maskCode, type WebhookResult } from '../plan/index.ts'

/** `error`: why it counts as `ERR`, when the server did not say so itself. */
type WebhookResponse = Pick<WebhookResult, 'status' | 'destination' | 'callername' | 'error' | 'warnings'>

/** The three keys as text; undefined for those not returned. */
interface Fields {
  readonly status: string | undefined
  readonly destination: string | undefined
  readonly callername: string | undefined
}

const KEYS: ReadonlySet<string> = new Set<keyof Fields>(['status', 'destination', 'callername'])

/** Of `callername`, the longest key, with every character percent-encoded. */
const MAX_KEY_LENGTH = 30
/** Of a form; the rest is not read. */
const MAX_FORM_PAIRS = 50
/** Of JSON: its commas, colons, `[` and `{` taken together. */
const MAX_JSON_VALUES = 2000
/** Characters of one value as it came. */
const MAX_VALUE_LENGTH = 2000

/** `mode` is the webhook's `reply`; `code`, which the server may echo, appears in no error and no warning. */
export function readResponse(
  http: number,
  contentType: string,
  body: Uint8Array,
  mode: 'required' | 'ignored',
  code: string,
): WebhookResponse {
  const isSuccess = http >= 200 && http <= 299
  if (mode === 'ignored' && isSuccess) return { status: 'ACK', warnings: [] }
  const fields = readFields(contentType, body)
  if (typeof fields === 'string') return failed(isSuccess ? fields : `HTTP ${http}`)
  const status = fields.status?.trim().toUpperCase() ?? ''
  if (status === 'NAK' || status === 'ERR') return { status, warnings: [] }
  if (!isSuccess) return failed(`HTTP ${http}`)
  if (status === 'ACK') return values(fields, code)
  return failed(status === '' ? 'no status in the reply' : `unknown status ${quote(status, code)}`)
}

function values({ destination, callername }: Fields, code: string): WebhookResponse {
  const to = destination === undefined ? undefined : cleanDestination(destination)
  const name = callername === undefined ? '' : cleanName(callername)
  const unusable = to === undefined && destination !== undefined && destination.trim() !== ''
  return {
    status: 'ACK',
    ...(to === undefined ? {} : { destination: to }),
    ...(name === '' ? {} : { callername: name }),
    warnings: unusable ? [`destination ${quote(destination, code)} is not a number and was not taken`] : [],
  }
}

/** A string says what is wrong with it. */
function readFields(contentType: string, body: Uint8Array): Fields | string {
  // What is not UTF-8 becomes U+FFFD; a byte order mark is white space to `trim`.
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString().trim()
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  return type === 'application/json' || type.endsWith('+json') ? readJson(text) : readForm(text)
}

function readJson(text: string): Fields | string {
  // Each of thousands of small objects costs microseconds.
  if (valuesIn(text) > MAX_JSON_VALUES) return 'JSON has too many values'
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return 'malformed JSON'
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'JSON is not an object'
  const read = (key: keyof Fields): string | undefined => {
    const value: unknown = Object.hasOwn(parsed, key) ? (parsed as Record<string, unknown>)[key] : undefined
    return typeof value === 'string' ? cut(value) : Number.isSafeInteger(value) ? String(value) : undefined
  }
  return { status: read('status'), destination: read('destination'), callername: read('callername') }
}

/** Never fewer than there are: those in strings count too. */
function valuesIn(json: string): number {
  let count = 1
  for (let i = 0; i < json.length; i++) {
    const c = json.charCodeAt(i)
    if (c === 0x2c /* , */ || c === 0x3a /* : */ || c === 0x5b /* [ */ || c === 0x7b /* { */) count++
  }
  return count
}

/**
 * application/x-www-form-urlencoded (URL Standard, section 5.1), but for a `+` before a destination. Only what may
 * be one of the three keys is decoded.
 */
function readForm(text: string): Fields {
  const first = new Map<string, string>()
  for (const pair of text.split('&', MAX_FORM_PAIRS)) {
    const [rawKey = ''] = pair.split('=', 1)
    if (rawKey.length > MAX_KEY_LENGTH) continue
    const key = decoded(rawKey)
    if (!KEYS.has(key) || first.has(key)) continue
    const raw = cut(pair.slice(rawKey.length + 1))
    const value = decoded(raw)
    // `destination=+31…`: a plus that was not encoded, which form decoding takes for a blank.
    const bare = key === 'destination' && /^(?:%20| )*\+/i.test(raw)
    first.set(key, bare ? `+${value.trimStart()}` : value)
  }
  return {
    status: first.get('status'),
    destination: first.get('destination'),
    callername: first.get('callername'),
  }
}

/** Form decoding of a text without `&`. */
function decoded(text: string): string {
  return new URLSearchParams(`x=${text}`).get('x') ?? ''
}

/** Far longer than any valid value; the ellipsis keeps a longer one from being accepted as its beginning. */
function cut(value: string): string {
  return value.length > MAX_VALUE_LENGTH ? `${value.slice(0, MAX_VALUE_LENGTH)}…` : value
}

function failed(error: string): WebhookResponse {
  return { status: 'ERR', error, warnings: [] }
}

/** The server's text, short and without control characters. */
function quote(text: string, code: string): string {
  return `"${maskCode(Array.from(cleanName(text)).slice(0, 40).join(''), code)}"`
}
