/** What is kept in this tab, and in this browser. Where somebody forbids pages to keep anything, it holds until the page is left. */

type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export const inTab = kept('sessionStorage')
export const inBrowser = kept('localStorage')

function kept(name: 'sessionStorage' | 'localStorage'): Kept {
  try {
    return globalThis[name]
  } catch {
    const values = new Map<string, string>()
    return {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => void values.set(key, value),
      removeItem: (key) => void values.delete(key),
    }
  }
}
