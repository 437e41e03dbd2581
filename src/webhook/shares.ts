/** What is kept for documents: so much for each, so much for all. */

export interface Shares<T> {
  /** Counts as a use. */
  get(document: string, key: string): T | undefined
  put(document: string, key: string, value: T): void
}

/**
 * Where a document has `mostOfOne`, its least recently used goes; where all have `most`, it is the document with the
 * most that loses half of its own: no document can drive out another's few. No put looks at all documents.
 */
export function createShares<T>(mostOfOne: number, most: number): Shares<T> {
  // Plain maps, in order of last use: an LRUCache takes the memory for all that it may hold at once, for each document.
  const documents = new Map<string, Map<string, T>>()
  /** How much each has → the documents. */
  const bySize = new Map<number, Set<string>>()
  let largest = 0
  let total = 0

  function counted(document: string, before: number, size: number): void {
    const others = bySize.get(before)
    if (others?.delete(document) && others.size === 0) bySize.delete(before)
    if (size === 0) documents.delete(document)
    else bySize.set(size, (bySize.get(size) ?? new Set()).add(document))
    largest = Math.max(largest, size)
    total += size - before
  }

  function forget(document: string, count: number): void {
    const own = documents.get(document)!
    const before = own.size
    for (const key of own.keys()) {
      if (before - own.size === count) break
      own.delete(key)
    }
    counted(document, before, own.size)
  }

  function makeRoom(): void {
    // As many steps at most as there were puts since.
    while (!bySize.has(largest)) largest--
    const [document] = bySize.get(largest)!
    forget(document!, Math.ceil(largest / 2))
  }

  return {
    get(document, key) {
      const own = documents.get(document)
      const value = own?.get(key)
      if (value === undefined) return undefined
      own!.delete(key)
      own!.set(key, value)
      return value
    },
    put(document, key, value) {
      const known = documents.get(document)
      if (known?.delete(key)) return void known.set(key, value)
      if (known?.size === mostOfOne) forget(document, 1)
      else if (total === most) makeRoom()
      const own = documents.get(document) ?? new Map<string, T>()
      documents.set(document, own.set(key, value))
      counted(document, own.size - 1, own.size)
    },
  }
}
