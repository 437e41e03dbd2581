import { LRUCache } from 'lru-cache'

/** What `find` finds; the last `most` are not looked for again. For what is asked over and over about a few. */
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
