/**
 * As a forkable map, in the order of its keys (that of `<`): for some 100,000 entries that are listed as well as found. Its pieces
 * have some hundred entries each, are shared by several maps, and copied before one of them is changed.
 */

/** Values are never undefined. A listing goes on with what there was, if the map was forked before it was changed. */
export interface ForkableSortedMap<V> extends ReadonlyMap<string, V> {
  set(key: string, value: V): void
  delete(key: string): void
  fork(): ForkableSortedMap<V>
  /** All of it in its order. Pieces are never changed any more: two maps with the same one have the same entries in it. */
  pieces(): readonly Piece<V>[]
}

export interface Piece<V> {
  readonly keys: readonly string[]
  readonly values: readonly V[]
}

interface OwnedPiece<V> extends Piece<V> {
  /** Of the map that alone has it, and changes it in place. */
  readonly owner: object
  readonly keys: string[]
  readonly values: V[]
}

const MOST_IN_PIECE = 512

export function createForkableSortedMap<V>(): ForkableSortedMap<V> {
  return sortedMapOver<V>([], 0)
}

function sortedMapOver<V>(shared: OwnedPiece<V>[], sharedSize: number): ForkableSortedMap<V> {
  let list = shared
  let size = sharedSize
  let owner = {}
  let ownsList = false

  function disown(): void {
    owner = {}
    ownsList = false
  }

  /** The piece that the key is in, or belongs into. */
  function pieceFor(key: string): number {
    let [from, to] = [0, list.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (list[middle]!.keys[0]! <= key) from = middle + 1
      else to = middle
    }
    return Math.max(0, from - 1)
  }

  /** To be changed in place. */
  function ownPiece(at: number): OwnedPiece<V> {
    const { keys, values, ...piece } = list[at]!
    if (piece.owner === owner) return list[at]!
    return put(at, 1, [{ owner, keys: keys.slice(), values: values.slice() }])
  }

  function put(at: number, instead: number, pieces: readonly OwnedPiece<V>[]): OwnedPiece<V> {
    if (!ownsList) list = list.slice()
    ownsList = true
    list.splice(at, instead, ...pieces)
    return list[at]!
  }

  function get(key: string): V | undefined {
    const piece = list[pieceFor(key)]
    if (piece === undefined) return undefined
    const at = placeIn(piece.keys, key)
    return piece.keys[at] === key ? piece.values[at] : undefined
  }

  function* entries(): Generator<[string, V], undefined> {
    for (const { keys, values } of list) for (const [at, key] of keys.entries()) yield [key, values[at]!]
  }

  function* keys(): Generator<string, undefined> {
    for (const piece of list) yield* piece.keys
  }

  function* values(): Generator<V, undefined> {
    for (const piece of list) yield* piece.values
  }

  const map: ForkableSortedMap<V> = {
    get size() {
      return size
    },
    get,
    has: (key) => get(key) !== undefined,
    set(key, value) {
      const found = pieceFor(key)
      const piece = list.length === 0 ? put(0, 0, [{ owner, keys: [], values: [] }]) : ownPiece(found)
      const at = placeIn(piece.keys, key)
      const isThere = piece.keys[at] === key
      piece.keys.splice(at, Number(isThere), key)
      piece.values.splice(at, Number(isThere), value)
      if (isThere) return
      size++
      if (piece.keys.length > MOST_IN_PIECE) put(found, 1, halvesOf(piece))
    },
    delete(key) {
      if (get(key) === undefined) return
      size--
      const found = pieceFor(key)
      const piece = ownPiece(found)
      const at = placeIn(piece.keys, key)
      piece.keys.splice(at, 1)
      piece.values.splice(at, 1)
      if (piece.keys.length === 0) put(found, 1, [])
    },
    fork() {
      disown()
      return sortedMapOver(list, size)
    },
    pieces() {
      disown()
      return list
    },
    entries,
    keys,
    values,
    [Symbol.iterator]: entries,
    forEach(callback, thisArgument) {
      for (const [key, value] of entries()) callback.call(thisArgument, value, key, map)
    },
  }
  return map
}

/** Of the key, or where it belongs. */
function placeIn(keys: readonly string[], key: string): number {
  let [from, to] = [0, keys.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (keys[middle]! < key) from = middle + 1
    else to = middle
  }
  return from
}

function halvesOf<V>({ owner, keys, values }: OwnedPiece<V>): OwnedPiece<V>[] {
  const middle = keys.length >>> 1
  return [
    { owner, keys: keys.slice(0, middle), values: values.slice(0, middle) },
    { owner, keys: keys.slice(middle), values: values.slice(middle) },
  ]
}
