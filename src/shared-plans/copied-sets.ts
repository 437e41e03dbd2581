/** Whole sets in the local copy, as they serve, and what is different in two of them. */
import { type PlanNumber, type ServedDocument, type SetChange, slicesOf } from '../plan/index.ts'
import type { Chain } from './chain.ts'
import type { Form, Forms } from './forms.ts'

export interface CopiedSets {
  /** As a document serves in a revision; undefined: it does not. */
  formIn(name: string, seq: number): Form | undefined
  /** All of a revision. Those that are held back come first: what others have taken from them meanwhile is the others'. */
  documents(seq: number): Generator<CopiedDocument>
  difference(from: number, to: number): SetChange
  heldBack(seq: number): string[]
}

interface CopiedDocument {
  readonly served: ServedDocument
  readonly uses: readonly Omit<PlanNumber, 'document'>[]
}

export function createCopiedSets(
  chain: Pick<Chain, 'differing' | 'hashesOf' | 'list'>,
  forms: Forms,
): CopiedSets {
  /** An earlier text serves where this program cannot read the one of the revision. */
  function formIn(name: string, seq: number): Form | undefined {
    for (const hash of chain.hashesOf(name, seq)) {
      const form = forms.of(hash)
      if (form !== 'unreadable') return form
    }
    return undefined
  }

  function* inForm(name: string, form: Form | undefined): Generator<CopiedDocument> {
    if (form) yield { served: { name, ...form.served }, uses: form.uses }
  }

  function* documentsOf(names: Iterable<string>, seq: number): Generator<CopiedDocument> {
    for (const name of names) yield* inForm(name, formIn(name, seq))
  }

  function heldBack(seq: number): string[] {
    const unreadable = forms.unreadable()
    return chain.list('document', seq).flatMap(([name, hash]) => (unreadable.has(hash) ? [name] : []))
  }

  return {
    formIn,
    heldBack,
    *documents(seq) {
      const held = heldBack(seq)
      yield* documentsOf(held, seq)
      const isHeld = new Set(held)
      const readable = chain.list('document', seq).filter(([name]) => !isHeld.has(name))
      // As they lie on disk: one by one, in the order of their names, they would be read from all over it.
      const left = Map.groupBy(readable, ([, hash]) => hash)
      for (const [hash, form] of forms.all()) {
        if (form === 'unreadable') continue
        for (const [name] of left.get(hash) ?? []) yield* inForm(name, form)
        left.delete(hash)
      }
      for (const documents of left.values())
        yield* documentsOf(
          documents.map(([name]) => name),
          seq,
        )
    },
    difference(from, to) {
      const removed = chain.differing(from, to)
      return { removed, slices: slicesOf(documentsOf(removed, to)) }
    },
  }
}
