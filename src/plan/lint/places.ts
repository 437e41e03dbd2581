import { branchesOf, type CompiledDocument } from '../compile.ts'
import type { Step } from '../document.ts'
import type { Path } from '../../json/index.ts'

/** Where a compiled step stands in its document. */
export interface StepPlace {
  readonly path: Path
  /** The step before it in its list. */
  readonly before: number | undefined
  /** The step in whose branch it stands. */
  readonly inside: number | undefined
}

/** By the index of the step. */
export function placesOf({ document, steps }: CompiledDocument): StepPlace[] {
  const indexes = new Map(steps.map(({ spec, index }) => [spec, index]))
  const places: StepPlace[] = []

  function visit(list: readonly Step[], path: Path, inside: number | undefined): void {
    let before: number | undefined
    list.forEach((step, i) => {
      const index = indexes.get(step)!
      places[index] = { path: [...path, i], before, inside }
      before = index
      // A branch's name is its path: `success`, `choices/1`, `on/busy`.
      for (const [key, branch] of branchesOf(step)) visit(branch, [...path, i, ...key.split('/')], index)
    })
  }

  for (const [plan, spec] of Object.entries(document.plans))
    visit(spec.steps, ['plans', plan, 'steps'], undefined)
  return places
}
