/** What a server's response says (docs/webhooks.md, "The answer"). Pure: bytes in, values out. */
import {
  asName,
  cleanDestination,
  cleanText,
  createMask,
  LONGEST_VARIABLE,
  MOST_DESTINATIONS,
  MOST_VARIABLE_BYTES,
  MOST_VARIABLES,
  secretValues,
  VARIABLE,
  type Variables,
  type WebhookResult,
} from '../plan/index.ts'

/** `error`: why it counts as `ERR`, when the server did not say so itself. */
type WebhookResponse = Pick<
  WebhookResult,
  'status' | 'destination' | 'destinations' | 'callername' | 'variables' | 'error' | 'warnings'
>

/** Undefined: not returned. */
interface Fields {
  readonly status: string | undefined
  readonly destination: string | undefined
  readonly callername: string | undefined
  /** JSON alone has these two, of any shape. */
  readonly destinations?: unknown
  readonly variables?: unknown
}

/** Of a form. */
const KEYS: ReadonlySet<string> = new Set<keyof Fields>(['status', 'destination', 'callername'])

/** Of `callername`, the longest key of a form, with every character percent-encoded. */
const MAX_KEY_LENGTH = 30
/** Of a form; the rest is not read. */
const MAX_FORM_PAIRS = 50
/** Of JSON: its commas, colons, `[` and `{` taken together. */
const MAX_JSON_VALUES = 2000
/** A call takes no more, half of it secret; thousands of answers are kept in the cache. */
const MOST_BYTES = 2 * MOST_VARIABLE_BYTES
/** Characters of one value as it came. */
const MAX_VALUE_LENGTH = 2000

type Mask = ReturnType<typeof createMask>

/**
 * `mode` is the webhook's `reply`. `secrets`, which the server may echo, and what it returns as variables of
 * `secretNames` are in no error, no warning and no name.
 */
export function readResponse(
  http: number,
  contentType: string,
  body: Uint8Array,
  mode: 'required' | 'ignored',
  secrets: readonly string[],
  secretNames: ReadonlySet<string> = NO_NAMES,
): WebhookResponse {
  const isSuccess = http >= 200 && http <= 299
  if (mode === 'ignored' && isSuccess) return { status: 'ACK', warnings: [] }
  const fields = readFields(contentType, body)
  if (typeof fields === 'string') return failed(isSuccess ? fields : `HTTP ${http}`)
  const status = fields.status?.trim().toUpperCase() ?? ''
  if (status === 'NAK' || status === 'ERR') return { status, warnings: [] }
  if (!isSuccess) return failed(`HTTP ${http}`)
  if (status === 'ACK') return values(fields, secrets, secretNames)
  return failed(
    status === '' ? 'no status in the reply' : `unknown status ${quote(status, createMask(secrets))}`,
  )
}

const NO_NAMES: ReadonlySet<string> = new Set()

function values(
  fields: Fields,
  secrets: readonly string[],
  secretNames: ReadonlySet<string>,
): WebhookResponse {
  const { destination, callername } = fields
  // What is longer than may be shown is masked before it is cut: nobody would know the rest for a secret.
  const mask = createMask([...secrets, ...secretsReturned(fields.variables, secretNames)])
  const warnings: string[] = []
  const list = destinationsIn(fields.destinations, mask, warnings)
  const to = destination === undefined ? undefined : cleanDestination(destination)
  if (to === undefined && destination !== undefined && destination.trim() !== '')
    warnings.push(noDestination(destination, mask))
  if (to !== undefined && list !== undefined)
    warnings.push('destination was not taken: the list in destinations counts')
  const name = callername === undefined ? '' : asName(mask(cleanText(callername)))
  const variables = variablesIn(fields.variables, mask, warnings)
  return {
    status: 'ACK',
    ...(to !== undefined && list === undefined && { destination: to }),
    ...(list !== undefined && { destinations: list }),
    ...(name !== '' && { callername: name }),
    ...(variables !== undefined && { variables }),
    warnings: few(warnings),
  }
}

/** Of one answer: a call may have a hundred, and all of them in memory as long as it is held. */
const MOST_WARNINGS = 5

function few(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= MOST_WARNINGS) return warnings
  const shown = warnings.slice(0, MOST_WARNINGS - 1)
  return [...shown, `${warnings.length - shown.length} more such faults in this answer`]
}

/** Also of such as cannot be taken. */
function secretsReturned(value: unknown, names: ReadonlySet<string>): string[] {
  if (typeof value !== 'object' || value === null || names.size === 0) return []
  const texts = Object.entries(value).map(
    ([name, one]) => [name, cleanText(variableText(one) ?? '')] as const,
  )
  return secretValues(Object.fromEntries(texts), names)
}

const noDestination = (text: string, mask: Mask) =>
  `destination ${quote(text, mask)} is not a number and was not taken`

/** Undefined: there is none. */
function destinationsIn(value: unknown, mask: Mask, warnings: string[]): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) {
    warnings.push('destinations is no list and was not taken')
    return undefined
  }
  const list = new Set<string>()
  for (const item of value.slice(0, MOST_DESTINATIONS)) {
    const text = textOf(item)
    const to = text === undefined ? undefined : cleanDestination(text)
    if (to === undefined) warnings.push(noDestination(text ?? 'that is no text', mask))
    else list.add(to)
  }
  if (value.length > MOST_DESTINATIONS)
    warnings.push(`destinations has more than ${MOST_DESTINATIONS} entries, and the rest was not taken`)
  return list.size === 0 ? undefined : [...list]
}

/** Undefined: there is none. One whose value cannot be taken is empty: what it was before holds no longer. */
function variablesIn(value: unknown, mask: Mask, warnings: string[]): Variables | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) {
    warnings.push('variables is no object and was not taken')
    return undefined
  }
  const all = Object.entries(value).filter(([, one]) => one !== null)
  if (all.length > MOST_VARIABLES)
    warnings.push(`variables has more than ${MOST_VARIABLES} entries, and the rest was not taken`)
  const variables: [string, string][] = []
  let left = MOST_BYTES
  for (const [i, [name, one]] of all.entries()) {
    if (i >= MOST_VARIABLES) {
      if (VARIABLE.test(name)) variables.push([name, ''])
      continue
    }
    const text = variableText(one)
    const clean = text === undefined ? undefined : cleanText(text)
    const bytes = Buffer.byteLength(name + (clean ?? ''))
    const fault = !VARIABLE.test(name)
      ? 'has a name that no variable can have'
      : clean === undefined
        ? 'is neither text nor a whole number'
        : Array.from(clean).length > LONGEST_VARIABLE
          ? `is longer than ${LONGEST_VARIABLE} characters`
          : bytes > left
            ? `is more than fits: the variables of an answer have at most ${MOST_BYTES} bytes in all,`
            : undefined
    if (VARIABLE.test(name)) variables.push([name, fault === undefined ? clean! : ''])
    if (fault === undefined) left -= bytes
    else warnings.push(`variable ${quote(name, mask)} ${fault} and was not taken`)
  }
  return variables.length === 0 ? undefined : Object.fromEntries(variables)
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
  const own = (key: keyof Fields): unknown =>
    Object.hasOwn(parsed, key) ? (parsed as Record<string, unknown>)[key] : undefined
  const read = (key: keyof Fields) => textOf(own(key))
  return {
    ...{ status: read('status'), destination: read('destination'), callername: read('callername') },
    ...{ destinations: own('destinations'), variables: own('variables') },
  }
}

/** Text, and integers as text; undefined for anything else. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? cut(value) : Number.isSafeInteger(value) ? String(value) : undefined
}

function variableText(value: unknown): string | undefined {
  return typeof value === 'boolean' ? String(value) : textOf(value)
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
function quote(text: string, mask: Mask): string {
  return `"${Array.from(mask(cleanText(text)))
    .slice(0, 40)
    .join('')}"`
}
