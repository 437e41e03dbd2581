/** Which steps and branches of a document trials have walked. */
import { type CompiledDocument, saysBranchOf, saysOf } from '../../plan/index.ts'
import type { TrialReport } from '../report.ts'

/** A step or a branch that was never walked. */
interface Missing {
  /** Such as `main/2`. */
  readonly step: string
  /** Such as `failure`; absent: the step itself. */
  readonly branch?: string
  /** What the step does, and when the branch is walked. */
  readonly says: string
}

export interface Covered {
  /** Of steps and branches. */
  readonly total: number
  readonly walked: number
  /** In reading order. */
  readonly missing: readonly Missing[]
}

export interface Coverage {
  /** Counts what a trial walked. */
  add(report: TrialReport): void
  result(): Covered
}

export function createCoverage({ name, steps }: CompiledDocument): Coverage {
  const walked = new Set<string>()
  return {
    add({ document, steps: taken }) {
      if (document !== name) return
      for (const { step, branch } of taken) {
        walked.add(step)
        if (branch !== undefined) walked.add(`${step} ${branch}`)
      }
    },
    result() {
      const missing: Missing[] = []
      let total = 0
      let unwalked = 0
      for (const { name: step, spec, branches, calledFrom } of steps) {
        // Where its plan is called, it is the same step.
        if (calledFrom !== undefined) continue
        const keys = Object.keys(branches)
        const never = keys.filter((key) => !walked.has(`${step} ${key}`))
        total += 1 + keys.length
        unwalked += never.length
        if (walked.has(step)) {
          for (const key of never)
            missing.push({ step, branch: key, says: `${saysOf(spec)}, ${saysBranchOf(spec, key)}` })
        } else {
          unwalked++
          // Its branches say nothing more.
          missing.push({ step, says: saysOf(spec) })
        }
      }
      return { total, walked: total - unwalked, missing }
    },
  }
}
