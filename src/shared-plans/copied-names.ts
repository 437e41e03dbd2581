/** The names of the sets in the local copy: that of the newest revision is read once, and then followed. */
import { createSetName, type SetName } from '../plan/index.ts'
import type { Chain } from './chain.ts'

export interface CopiedNames {
  /** Not to be changed. */
  at(seq: number): SetName
  /** What it will be at a revision that is being added; `revision` is what the name comes to. */
  remember(seq: number, revision: string, name: SetName): void
  /** `hash`: of the text that the document has now; undefined: it is gone. */
  change(name: SetName, document: string, hash: string | undefined): void
}

/** `formHashOf`: by that of a text. */
export function createCopiedNames(
  chain: Pick<Chain, 'differing' | 'formHashes' | 'hashOf' | 'nameOf'>,
  formHashOf: (hash: string) => string,
): CopiedNames {
  let last: { readonly seq: number; readonly revision: string; readonly name: SetName } | undefined

  function change(name: SetName, document: string, hash: string | undefined): void {
    if (hash === undefined) name.delete(document)
    else name.set(document, formHashOf(hash))
  }

  function remember(seq: number, revision: string, name: SetName): void {
    last = { seq, revision, name }
  }

  function readAt(seq: number): SetName {
    const name = createSetName()
    for (const [document, hash] of chain.formHashes(seq)) name.set(document, hash)
    return name
  }

  function follow(from: number, before: SetName, seq: number): SetName {
    const name = before.fork()
    for (const document of chain.differing(from, seq))
      change(name, document, chain.hashOf('document', document, seq))
    return name
  }

  return {
    change,
    remember,
    at(seq) {
      // The revision that it was of may be gone, or was never added.
      const known = last && chain.nameOf(last.seq) === last.revision ? last : undefined
      if (known?.seq === seq) return known.name
      const name = known ? follow(known.seq, known.name, seq) : readAt(seq)
      remember(seq, name.revision(), name)
      return name
    },
  }
}
