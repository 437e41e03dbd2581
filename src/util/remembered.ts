import { LRUCache } from 'lru-cache'

/** `find` with a cache of its last `most` results: for a few texts that come again and again. */
export function remembered<Found extends string | boolean>(
  most: number,
  find: (text: string) => Found,
): (text: string) => Found {
  const known = new LRUCache<string, Found>({ max: most })
  return (text) => {
    let found = known.get(text)
    if (found === undefined) known.set(text, (found = find(text)))
    return found
  }
}
