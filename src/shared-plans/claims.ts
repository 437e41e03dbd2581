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
  readonly chain: Pick<Chain, 'changedOn' | 'listOn' | 'nameOf'>
  readonly sets: Pick<CopiedSets, 'formIn'>
  readonly kind: number
}

/** On the way from one revision to another: documents are done by their names. Without `towards` they are those of `claims`. */
interface Progress {
  /** Null: of none yet. */
  readonly claims: number | null
  readonly towards: number | null
  readonly upTo: string
}

/** A piece takes a tenth of a second. */
const DOCUMENTS_AT_ONCE = 500

export function createClaims({ database: { get, run }, chain, sets, kind }: ClaimsParts): Claims {
  function save({ claims, towards, upTo }: Progress): void {
    run('UPDATE kinds SET claims = ?, towards = ?, upTo = ? WHERE kind = ?', claims, towards, upTo, kind)
  }

  /** Of revisions that are not here any more, nothing is known. */
  function progress(): Progress {
    const row = get('SELECT claims, towards, upTo FROM kinds WHERE kind = ?', kind) as Progress
    const isKnown = [row.claims, row.towards].every((seq) => seq === null || chain.nameOf(seq) !== undefined)
    if (isKnown) return row
    run('DELETE FROM claims WHERE kind = ?', kind)
    return { claims: null, towards: null, upTo: '' }
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

  /** What another document has taken meanwhile is not its own any more. */
  function remove(name: string, seq: number): void {
    const form = sets.formIn(name, seq)
    for (const { pattern } of form?.uses ?? []) {
      const sql = 'DELETE FROM claims WHERE kind = ? AND key = ? AND document = ?'
      run(sql, kind, patternKey(pattern, form?.served.domain), name)
    }
  }

  return {
    bringTo(seq) {
      const { claims, towards, upTo } = progress()
      if (towards === null && claims === seq) return true
      const to = towards ?? seq
      const names =
        claims === null
          ? chain.listOn(to, upTo, DOCUMENTS_AT_ONCE).map(([name]) => name)
          : chain.changedOn(claims, to, upTo, DOCUMENTS_AT_ONCE)
      if (claims !== null) for (const name of names) remove(name, claims)
      for (const name of names) add(name, to)
      const isDone = names.length < DOCUMENTS_AT_ONCE
      save(isDone ? { claims: to, towards: null, upTo: '' } : { claims, towards: to, upTo: names.at(-1)! })
      return isDone && to === seq
    },
    claimedBy: (key) =>
      (
        get('SELECT document FROM claims WHERE kind = ? AND key = ?', kind, key) as
          { document: string } | undefined
      )?.document,
  }
}
