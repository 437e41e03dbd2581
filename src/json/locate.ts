/** From places in a document to lines and columns in its text. */
import { visit } from 'jsonc-parser'
import { pointerOf, type Fault, type Path } from './fault.ts'

/** Both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A fault where it is in the text. */
export interface LocatedFault extends Position {
  /** JSON pointer; empty for the document as a whole. */
  readonly pointer: string
  readonly message: string
}

/** A value, or with `onKey` its key. */
export interface Place {
  readonly path: Path
  readonly onKey?: boolean | undefined
}

export interface Locator {
  /** Where each begins, or the nearest place above it that there is. One pass over the text for all of them. */
  at(places: readonly Place[]): Position[]
  /** The position of a character. */
  offset(offset: number): Position
  /** The first `most` keys that an object holds twice: the second, and where the first is. */
  duplicateKeys(most: number): { readonly path: Path; readonly again: Position; readonly first: Position }[]
}

/**
 * The text is decoded for each call anew: most documents have no fault, and a set has thousands of documents. The text must be JSON for `at` and `duplicateKeys`.
 */
export function createLocator(bytes: Uint8Array): Locator {
  const decode = () => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  return {
    offset: (offset) => positionsIn(decode(), [offset])[0]!,
    at(places) {
      if (places.length === 0) return []
      const text = decode()
      const root = newWanted()
      for (const { path } of places) want(root, path)
      seek(text, root)
      return positionsIn(
        text,
        places.map((place) => offsetOf(root, place)),
      )
    },
    duplicateKeys(most) {
      const text = decode()
      const found = duplicatesIn(text, most)
      const again = positionsIn(
        text,
        found.map((one) => one.again),
      )
      const first = positionsIn(
        text,
        found.map((one) => one.first),
      )
      return found.map(({ path }, i) => ({ path, again: again[i]!, first: first[i]! }))
    },
  }
}

/** Each fault with its place. */
export function locate(faults: readonly Fault[], locator: Locator): LocatedFault[] {
  const positions = locator.at(faults)
  return faults.map(({ path, message }, i) => ({ ...positions[i]!, pointer: pointerOf(path), message }))
}

function positionsIn(text: string, offsets: readonly number[]): Position[] {
  const positions = new Array<Position>(offsets.length)
  let line = 1
  let start = 0
  let end = text.indexOf('\n')
  for (const { offset, i } of offsets
    .map((offset, i) => ({ offset, i }))
    .sort((a, b) => a.offset - b.offset)) {
    for (; end !== -1 && end < offset; end = text.indexOf('\n', start)) {
      line++
      start = end + 1
    }
    positions[i] = { line, column: offset - start + 1 }
  }
  return positions
}

/** A place that is looked for, or on the way to one; with its offsets once it was found. */
interface Wanted {
  readonly below: Map<string, Wanted>
  value?: number
  key?: number
}

const newWanted = (): Wanted => ({ below: new Map<string, Wanted>() })

function want(root: Wanted, path: Path): void {
  let at = root
  for (const part of path) {
    const key = String(part)
    const known = at.below.get(key) ?? newWanted()
    at.below.set(key, known)
    at = known
  }
}

function offsetOf(root: Wanted, { path, onKey }: Place): number {
  let at = root
  for (const [i, part] of path.entries()) {
    const below = at.below.get(String(part))
    if (below?.value === undefined) break
    at = below
    if (onKey && i === path.length - 1 && at.key !== undefined) return at.key
  }
  return at.value ?? 0
}

/** Sets the offsets of the wanted places; everything else is passed over. */
function seek(text: string, root: Wanted): void {
  /** The objects and lists around; in a list `index` counts. */
  const around: { readonly wanted: Wanted | undefined; readonly isList: boolean; index: number }[] = []
  let property: Wanted | undefined

  function begin(offset: number): Wanted | undefined {
    const holder = around.at(-1)
    const wanted =
      holder === undefined ? root : holder.isList ? holder.wanted?.below.get(String(holder.index)) : property
    // Of a key that is there twice the first counts.
    if (wanted !== undefined) wanted.value ??= offset
    return wanted
  }

  function open(offset: number, isList: boolean): boolean {
    const wanted = begin(offset)
    around.push({ wanted, isList, index: 0 })
    return wanted !== undefined && wanted.below.size > 0
  }

  visit(text, {
    onObjectBegin: (offset) => open(offset, false),
    onArrayBegin: (offset) => open(offset, true),
    onObjectProperty(name, offset) {
      property = around.at(-1)?.wanted?.below.get(name)
      if (property !== undefined) property.key ??= offset
    },
    onLiteralValue: (_, offset) => void begin(offset),
    onSeparator(character) {
      const holder = around.at(-1)
      if (character === ',' && holder !== undefined) holder.index++
    },
    onObjectEnd: () => void around.pop(),
    onArrayEnd: () => void around.pop(),
  })
}

function duplicatesIn(text: string, most: number): { path: Path; again: number; first: number }[] {
  const found: { path: Path; again: number; first: number }[] = []
  const objects: Map<string, number>[] = []
  visit(text, {
    onObjectBegin: () => void objects.push(new Map()),
    onObjectEnd: () => void objects.pop(),
    onObjectProperty(name, again, _length, _line, _column, pathOf) {
      const seen = objects.at(-1)!
      const first = seen.get(name)
      if (first === undefined) seen.set(name, again)
      else if (found.length < most) found.push({ path: [...pathOf(), name], again, first })
    },
  })
  return found
}
