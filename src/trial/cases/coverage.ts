/** Which steps and branches of a document trials have walked. */
import type { CompiledDocument } from '../../plan/index.ts'
import type { TrialReport } from '../report.ts'

export interface Covered {
  /** Of steps and branches. */
  readonly total: number
  readonly walked: number
  /** Those that were never walked, in reading order, such as `main/2` and `main/2 failure`. */
  readonly missing: readonly string[]
}

export interface Coverage {
  /** Counts what a trial walked. */
  add(report: TrialReport): void
  result(): Covered
}

export function createCoverage({ name, steps }: CompiledDocument): Coverage {
  const walked = new Set<string>()
  // The branches of a step that is never walked say nothing more.
  const all = steps.map((step) => ({
    step: step.name,
    branches: Object.keys(step.branches).map((branch) => `${step.name} ${branch}`),
  }))
  return {
    add({ document, steps: taken }) {
      if (document !== name) return
      for (const { step, branch } of taken) {
        walked.add(step)
        if (branch !== undefined) walked.add(`${step} ${branch}`)
      }
    },
    result() {
      const places = all.flatMap(({ step, branches }) => [step, ...branches])
      const missing = all.flatMap(({ step, branches }) =>
        walked.has(step) ? branches.filter((branch) => !walked.has(branch)) : [step],
      )
      return { total: places.length, walked: places.filter((place) => walked.has(place)).length, missing }
    },
  }
}
