/** Whole sets in the local copy, as they serve, and what is different in two of them. */
import { type PlanNumber, type ServedDocument, type SetChange, slicesOf } from '../plan/index.ts'
import type { Chain } from './chain.ts'
import type { Form, Forms } from './forms.ts'

export interface CopiedSets {
  /** As a document serves in a revision; undefined: it does not. */
  formIn(name: string, seq: number): HeldForm | undefined
  /** All of a revision. Those that are held back come first: what others have taken from them meanwhile is theirs. */
  documents(seq: number): Generator<CopiedDocument>
  /** Documents that serve otherwise in two revisions, those that are held back first. */
  differing(from: number, to: number): string[]
  difference(from: number, to: number): SetChange
  heldBack(seq: number): string[]
}

export interface HeldForm extends Form {
  /** It is an earlier one: this program cannot read that of the revision. */
  readonly isHeldBack: boolean
}

interface CopiedDocument {
  readonly served: ServedDocument
  readonly uses: readonly Omit<PlanNumber, 'document'>[]
}

export function createCopiedSets(
  chain: Pick<Chain, 'differing' | 'hashesOf' | 'list'>,
  forms: Forms,
): CopiedSets {
  /** The text that serves, and whether it is an earlier one. */
  function servedIn(
    name: string,
    seq: number,
  ): { readonly hash: string; readonly isHeldBack: boolean } | undefined {
    let isHeldBack = false
    for (const hash of chain.hashesOf(name, seq)) {
      if (forms.isReadable(hash)) return { hash, isHeldBack }
      isHeldBack = true
    }
    return undefined
  }

  function formIn(name: string, seq: number): HeldForm | undefined {
    const served = servedIn(name, seq)
    if (served === undefined) return undefined
    const form = forms.of(served.hash)
    return form === 'unreadable' ? undefined : { ...form, isHeldBack: served.isHeldBack }
  }

  function differing(from: number, to: number): string[] {
    const names = chain
      .differing(from, to)
      .filter((name) => servedIn(name, from)?.hash !== servedIn(name, to)?.hash)
    const isHeld = (name: string) => servedIn(name, to)?.isHeldBack === true
    return [...names.filter(isHeld), ...names.filter((name) => !isHeld(name))]
  }

  function* inForm(name: string, form: Form | undefined): Generator<CopiedDocument> {
    if (form) yield { served: { ...form.served, name }, uses: form.uses }
  }

  function* documentsOf(names: Iterable<string>, seq: number): Generator<CopiedDocument> {
    for (const name of names) yield* inForm(name, formIn(name, seq))
  }

  function heldBack(seq: number): string[] {
    const unreadable = forms.unreadable()
    if (unreadable.size === 0) return []
    return chain.list('document', seq).flatMap(([name, hash]) => (unreadable.has(hash) ? [name] : []))
  }

  return {
    formIn,
    differing,
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
      const removed = differing(from, to)
      return { removed, slices: slicesOf(documentsOf(removed, to)) }
    },
  }
}
