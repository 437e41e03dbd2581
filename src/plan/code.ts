/** Codes: keyed for one webhook, or in an `ivr` step for all webhooks in its branch. */
import type { Gone } from './call-control.ts'
import type { CompiledStep } from './compile.ts'
import type { EntrySpec } from './document.ts'
import { collectCode, enter, type AttemptOutcome, type Entered, type Verdict } from './entry.ts'
import type { WalkContext } from './step.ts'

/** Asks for a code until `judge` says what to do with it. */
export function enterCode(
  context: WalkContext,
  spec: EntrySpec,
  judge: (digits: string) => Verdict | Gone | Promise<Verdict | Gone>,
): Promise<Entered | Gone> {
  return enter(context, spec, collectCode(context, spec), judge)
}

export interface SurroundingCode {
  /** Empty: there is none, or none could be had again. */
  readonly digits: string
  /** Present when the code had to be asked for again. */
  readonly attempts?: readonly AttemptOutcome[]
}

/**
 * The code of the nearest `ivr` step in whose success branch `step` stands. Codes do not travel with a
 * checkpoint: one that was lost with a controller is asked for again, here.
 */
export async function surroundingCode(
  step: CompiledStep,
  context: WalkContext,
): Promise<SurroundingCode | Gone> {
  if (step.inIvr === undefined) return { digits: '' }
  const kept = context.state.codes.get(step.inIvr)
  if (kept !== undefined) return { digits: kept }
  const { entry } = context.document.steps[step.inIvr]!.asking!
  let code = ''
  const entered = await enterCode(context, entry, (digits) => {
    code = digits
    return 'good'
  })
  if (entered === 'gone') return 'gone'
  if (entered.result === 'good') context.state.codes.set(step.inIvr, code)
  return { digits: entered.result === 'good' ? code : '', attempts: entered.attempts }
}
