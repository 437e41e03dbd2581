/** Where the focus goes when another page takes the place of the one that it was on. */
import { useEffect, useRef } from 'preact/hooks'

/** Where a screen reader begins to read what is new. */
export const focusContent = (): void => document.getElementById('content')?.focus()

/** Of a view that has several pages: `page` is the one that is shown. */
export function useFocusOnPage(page: string): void {
  const before = useRef(page)
  useEffect(() => {
    if (before.current !== page) focusContent()
    before.current = page
  }, [page])
}
