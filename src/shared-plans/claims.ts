/** Whose each number is in the newest revision of the local copy, so that a document is compared with 50,000 others at once. */
import { patternKey } from '../plan/index.ts'
import type { Database } from '../util/database.ts'
import type { Chain } from './chain.ts'
import type { CopiedSets } from './copied-sets.ts'

export interface Claims {
  /** Makes them those of a revision, a piece at a time; whether they are. */
  bringTo(seq: number): boolean
  claimedBy(key: string): string | undefined
}

interface ClaimsParts {
  readonly database: Pick<Database, 'get' | 'run'>
  readonly chain: Pick<Chain, 'nameOf' | 'listOn'>
  readonly sets: Pick<CopiedSets, 'differing' | 'formIn'>
  readonly kind: number
}

/** A piece takes a tenth of a second. */
const DOCUMENTS_AT_ONCE = 500

export function createClaims({ database: { get, run }, chain, sets, kind }: ClaimsParts): Claims {
  function progress(): { readonly claims: number | null; readonly upTo: string | null } {
    return get('SELECT claims, upTo FROM kinds WHERE kind = ?', kind) as ReturnType<typeof progress>
  }

  function setProgress(claims: number, upTo: string | null): void {
    run('UPDATE kinds SET claims = ?, upTo = ? WHERE kind = ?', claims, upTo, kind)
  }

  function add(name: string, seq: number): void {
    const form = sets.formIn(name, seq)
    // Of one that is held back, others may have taken numbers.
    const or = form?.isHeldBack ? 'IGNORE' : 'REPLACE'
    for (const { pattern } of form?.uses ?? []) {
      const sql = `INSERT OR ${or} INTO claims (kind, key, document) VALUES (?, ?, ?)`
      run(sql, kind, patternKey(pattern, form?.served.domain), name)
    }
  }

  function remove(name: string, seq: number): void {
    const form = sets.formIn(name, seq)
    for (const { pattern } of form?.uses ?? []) {
      const sql = 'DELETE FROM claims WHERE kind = ? AND key = ? AND document = ?'
      run(sql, kind, patternKey(pattern, form?.served.domain), name)
    }
  }

  function fill(seq: number, behind: string): void {
    const documents = chain.listOn(seq, behind, DOCUMENTS_AT_ONCE)
    for (const [name] of documents) add(name, seq)
    setProgress(seq, documents.length < DOCUMENTS_AT_ONCE ? null : documents.at(-1)![0])
  }

  return {
    bringTo(seq) {
      const { claims, upTo } = progress()
      if (claims === null || chain.nameOf(claims) === undefined) {
        run('DELETE FROM claims WHERE kind = ?', kind)
        fill(seq, '')
        return false
      }
      if (upTo !== null) {
        fill(claims, upTo)
        return false
      }
      if (claims === seq) return true
      const names = sets.differing(claims, seq)
      for (const name of names) remove(name, claims)
      for (const name of names) add(name, seq)
      setProgress(seq, null)
      return true
    },
    claimedBy: (key) =>
      (
        get('SELECT document FROM claims WHERE kind = ? AND key = ?', kind, key) as
          { document: string } | undefined
      )?.document,
  }
}
