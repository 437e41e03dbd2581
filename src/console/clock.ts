/** What happens every so often while the tab is seen. */
import { useEffect, useState } from 'preact/hooks'

/** `ms` undefined: not now. */
export function useEvery(ms: number | undefined, act: () => void): void {
  useEffect(() => {
    if (ms === undefined) return undefined
    const timer = setInterval(() => {
      if (!document.hidden) act()
    }, ms)
    return () => clearInterval(timer)
  }, [ms])
}

/** Milliseconds since 1970, as of the last turn. */
export function useNow(everyMs: number | undefined): number {
  const [now, setNow] = useState(Date.now)
  useEvery(everyMs, () => setNow(Date.now()))
  return now
}
