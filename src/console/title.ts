/** What the tab is called. */
import { useEffect } from 'preact/hooks'

/** Undefined: it stays as it is, or somebody else names it. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · belplan`
  }, [title])
}
