/** Documents as somebody is writing them: kept in this tab, so that nothing typed is lost, and tried before they are published. */
import { inTab } from './kept.ts'

export interface KeptDraft {
  readonly text: string
  /** Of the file that it began with; absent: there was none. */
  readonly etag?: string
  /** That served then. */
  readonly revision?: string
}

const keyOf = (name: string) => `belplan.draft.${name}`

export function keptDraft(name: string): KeptDraft | undefined {
  const kept = inTab.getItem(keyOf(name))
  return kept === null ? undefined : (JSON.parse(kept) as KeptDraft)
}

/** False where the browser has no room for it. */
export function keepDraft(name: string, draft: KeptDraft | undefined): boolean {
  try {
    if (draft) inTab.setItem(keyOf(name), JSON.stringify(draft))
    else inTab.removeItem(keyOf(name))
    return true
  } catch {
    return false
  }
}
