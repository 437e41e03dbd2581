/** Entering digits, as a webhook's `ivr` and the `ivr` step share it (call-plan format, section 4). */
import type { DigitsInput, Gone } from './call-control.ts'
import type { EntrySpec } from './document.ts'
import type { WalkContext } from './step.ts'

export type Verdict = 'good' | 'wrong' | 'failed'

/** What became of one attempt, for the journal; never the digits. */
export type AttemptOutcome = Verdict | 'timeout' | 'short'

export interface Entered {
  readonly result: 'good' | 'failed' | 'exhausted'
  readonly attempts: readonly AttemptOutcome[]
}

/**
 * Asks until an entry is good, the attempts are used up, or `judge` says 'failed'. Begins at the state's
 * attempt, so that a walk that is resumed neither gives an attempt away nor takes one.
 */
export async function enter(
  context: WalkContext,
  spec: EntrySpec,
  collect: (prompt: string) => Promise<DigitsInput | Gone>,
  judge: (digits: string) => Verdict | Gone | Promise<Verdict | Gone>,
): Promise<Entered | Gone> {
  const { call, state } = context
  const attempts: AttemptOutcome[] = []
  while (state.attempt < spec.attempts) {
    const entry = await collect(audioOf(context, promptOf(spec, state.prompt)))
    if (entry === 'gone') return 'gone'
    const outcome = await judged(entry, spec, judge)
    if (outcome === 'gone') return 'gone'
    attempts.push(outcome)
    if (outcome === 'good' || outcome === 'failed') return { result: outcome, attempts }
    state.attempt++
    state.prompt = outcome === 'timeout' ? 'timeout' : 'wrong'
    state.keyed = ''
  }
  const last = state.prompt === 'timeout' ? spec.timeoutMessage : spec.errorMessage
  if (last !== undefined && (await call.play(audioOf(context, last), { answer: true })) === 'gone')
    return 'gone'
  return { result: 'exhausted', attempts }
}

async function judged(
  entry: DigitsInput,
  spec: EntrySpec,
  judge: (digits: string) => Verdict | Gone | Promise<Verdict | Gone>,
): Promise<AttemptOutcome | Gone> {
  if (entry.kind === 'timeout') return 'timeout'
  if (entry.digits.length < spec.minDigits) return 'short'
  return judge(entry.digits)
}

function promptOf(spec: EntrySpec, prompt: 'start' | 'wrong' | 'timeout'): string {
  if (prompt === 'wrong') return spec.errorMessage ?? spec.startMessage
  if (prompt === 'timeout') return spec.timeoutMessage ?? spec.startMessage
  return spec.startMessage
}

/** The FreeSWITCH audio behind a name; lint has seen to it that there is one. */
export function audioOf(context: WalkContext, name: string): string {
  return context.document.document.audio[name] ?? name
}

/** Asks for one code: the digits are secret. */
export function collectCode(
  context: WalkContext,
  spec: EntrySpec,
): (prompt: string) => Promise<DigitsInput | Gone> {
  return (prompt) =>
    context.call.collect({
      prompt,
      timeoutMs: spec.timeoutSeconds * 1000,
      interDigitMs: spec.interDigitSeconds * 1000,
      maxDigits: spec.maxDigits,
      terminator: spec.terminator,
      secret: true,
    })
}
