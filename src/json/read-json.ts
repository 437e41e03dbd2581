/** Bytes to JSON, strictly: UTF-8 without a byte order mark, no comments, no key twice, every value exact. */
import { isUtf8 } from 'node:buffer'
import { gather, MOST_FINDINGS, pointerOf, type Report } from './fault.ts'
import { isObject, type JsonObject } from './object.ts'
import { syntaxFault } from './syntax-fault.ts'
import { createLocator, locate, type LocatedFault, type Locator, type Position } from './locate.ts'

/** Deeper than any plan that a person can read; keeps recursive functions from running out of stack. */
export const MOST_LEVELS = 200

/** No name that means anything is longer, and each finding below one repeats it. */
const LONGEST_FIELD_NAME = 100

const LONG_NAME = `a name of more than ${LONGEST_FIELD_NAME} characters; take a shorter one`
const TOO_DEEP = `nested more than ${MOST_LEVELS} levels deep; put parts into plans of their own and use goto`

type ReadJson =
  | {
      readonly value: JsonObject
      readonly locator: Locator
      readonly faults: readonly []
    }
  /** `more`: these are not all. */
  | { readonly value?: undefined; readonly faults: readonly LocatedFault[]; readonly more: boolean }

/** Reads one document. Never throws: what is wrong with the text is in `faults`. */
export function readJson(bytes: Uint8Array): ReadJson {
  const encoding = encodingFault(bytes)
  if (encoding !== undefined) return refused({ line: 1, column: 1, ...encoding })
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const locator = createLocator(bytes)
  const { keys, tooDeep, tooLong } = scan(text)
  if (tooDeep !== undefined) return refused({ ...locator.offset(tooDeep), message: TOO_DEEP })
  if (tooLong !== undefined) return refused({ ...locator.offset(tooLong), message: LONG_NAME })

  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const { offset, message } = syntaxFault(text, error)
    return refused({ ...locator.offset(offset), message })
  }
  if (!isObject(value))
    return refused({
      line: 1,
      column: 1,
      pointer: '',
      message: 'must be a JSON object; write {"plans": {…}}',
    })

  let inspectedKeys = 0
  const { faults, more } = gather((report) => {
    inspectedKeys = inspect(value, report)
  })
  const found = locate(faults, locator)
  if (!more && inspectedKeys !== keys) found.push(...duplicates(locator))
  if (found.length === 0) return { value, locator, faults: [] }
  return { faults: found.slice(0, MOST_FINDINGS), more: more || found.length > MOST_FINDINGS }
}

function refused(fault: Omit<LocatedFault, 'pointer'> & { pointer?: string }): ReadJson {
  return { faults: [{ pointer: '', ...fault }], more: false }
}

function encodingFault(bytes: Uint8Array): (Partial<Position> & { message: string }) | undefined {
  if (bytes.length === 0) return { message: 'the file is empty; a document needs at least {"plans": {…}}' }
  const [a, b, c] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf)
    return { message: 'the file begins with a byte order mark; save it as UTF-8 without one' }
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    return { message: 'the file is UTF-16; save it as UTF-8' }
  if (isUtf8(bytes)) return undefined
  // Decoding puts U+FFFD where the first bad byte is.
  const text = new TextDecoder().decode(bytes)
  return {
    ...createLocator(bytes).offset(text.indexOf('\ufffd')),
    message: 'the file is not UTF-8; save it as UTF-8',
  }
}

/**
 * One pass over the text: keys, duplicates included, which is far cheaper than a tree of every document, and
 * where it is nested too deep or a key is too long. In what is no JSON the keys mean nothing.
 */
function scan(text: string): { keys: number; tooDeep?: number; tooLong?: number } {
  let depth = 0
  let keys = 0
  let from = 0 // the last string, which is a key if a colon follows
  let to = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x22) {
      from = at
      to = endOfString(text, at)
      at = to - 1
    } else if (character === 0x3a) {
      keys++
      if (to - from - 2 > LONGEST_FIELD_NAME) return { keys, tooLong: from }
    } else if (character === 0x7b || character === 0x5b) depth++
    else if (character === 0x7d || character === 0x5d) depth--
    if (depth > MOST_LEVELS) return { keys, tooDeep: at }
  }
  return { keys }
}

/** The place behind the closing quote of the string that begins at `at`. */
function endOfString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return quote + 1
  }
  return text.length
}

/** Counts keys, and reports what a revision cannot be computed of (RFC 8785 wants I-JSON) or no name may be. */
function inspect(root: unknown, report: Report): number {
  const path: (string | number)[] = []
  let keys = 0
  const fault = (message: string) => report([...path], message)

  function visit(value: unknown): void {
    if (typeof value === 'string') {
      if (!value.isWellFormed()) fault('holds half of a surrogate pair; write the whole character')
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) fault('is too large a number')
    } else if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) below(i, value[i])
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) {
        keys++
        below(key, value[key])
      }
    }
  }

  function below(key: string | number, value: unknown): void {
    path.push(key)
    if (key === '__proto__') fault('"__proto__" cannot be a name; take another')
    if (typeof key === 'string' && !key.isWellFormed())
      fault('holds half of a surrogate pair in its name; write the whole character')
    visit(value)
    path.pop()
  }

  visit(root)
  return keys
}

function duplicates(locator: Locator): LocatedFault[] {
  return locator.duplicateKeys(MOST_FINDINGS + 1).map(({ path, again, first }) => ({
    ...again,
    pointer: pointerOf(path),
    message: `"${path.at(-1)!}" is there already, at ${first.line}:${first.column}; take one of the two out`,
  }))
}
