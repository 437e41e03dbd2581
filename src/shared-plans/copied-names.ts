/** The names of the sets in the local copy: that of the newest revision is read once, and then followed. */
import { createSetName, type SetName } from '../plan/index.ts'
import type { Chain } from './chain.ts'

export interface CopiedNames {
  /** Not to be changed. */
  at(seq: number): SetName
  /** `hash`: of the text that the document has now; undefined: it is gone. */
  change(name: SetName, document: string, hash: string | undefined): void
}

/** `formHashOf`: by that of a text. */
export function createCopiedNames(
  chain: Pick<Chain, 'differing' | 'nameOf' | 'hashOf' | 'list'>,
  formHashOf: (hash: string) => string,
): CopiedNames {
  let last: { readonly seq: number; readonly revision: string; readonly name: SetName } | undefined

  function change(name: SetName, document: string, hash: string | undefined): void {
    if (hash === undefined) name.delete(document)
    else name.set(document, formHashOf(hash))
  }

  return {
    change,
    at(seq) {
      // The chain that it was of may be gone.
      const known = last && chain.nameOf(last.seq) === last.revision ? last : undefined
      if (known?.seq === seq) return known.name
      const name = known ? known.name.fork() : createSetName()
      if (known)
        for (const document of chain.differing(known.seq, seq))
          change(name, document, chain.hashOf('document', document, seq))
      else for (const [document, hash] of chain.list('document', seq)) change(name, document, hash)
      last = { seq, revision: name.revision(), name }
      return name
    },
  }
}
