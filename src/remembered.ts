import { LRUCache } from 'lru-cache'

/** The same verdicts; the last `most` are not judged again. For what is asked over and over about a few. */
export function remembered(most: number, judge: (text: string) => boolean): (text: string) => boolean {
  const verdicts = new LRUCache<string, boolean>({ max: most })
  return (text) => {
    let verdict = verdicts.get(text)
    if (verdict === undefined) verdicts.set(text, (verdict = judge(text)))
    return verdict
  }
}
