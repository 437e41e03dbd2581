/** Where a call to a number would go, asked as somebody types it. */
import { useEffect, useState } from 'preact/hooks'
import { explain, type Explanation } from './api/plans.ts'

const PAUSE_MS = 250

/** Undefined while that is not known, or cannot be; of no number nothing is asked. */
export function useExplained(number: string | undefined): Explanation | undefined {
  const [last, setLast] = useState<{ readonly number: string; readonly found: Explanation }>()
  useEffect(() => {
    if (number === undefined) return undefined
    const gone = new AbortController()
    const timer = setTimeout(() => {
      explain(number, gone.signal).then(
        (found) => setLast({ number, found }),
        // Whoever asks says what they can, also without.
        () => undefined,
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      gone.abort()
    }
  }, [number])
  return last?.number === number ? last?.found : undefined
}
