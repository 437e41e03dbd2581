/**
 * Digits input, as a webhook's `ivr` and the `ivr` step share it (call-plan format, section 4): its fields, what
 * can be wrong with them, and how digits are collected from a caller.
 */
import type { JsonObject, Path, Report } from '../json/index.ts'
import type { DigitsInput, Gone } from './call-control.ts'
import type { DigitsInputSpec } from './document.ts'
import { entryName, objectSchema } from './schema-parts.ts'
import {
  AUDIO,
  audioOf,
  type CompiledStep,
  type Interrupted,
  type Stretch,
  type WalkContext,
} from './step.ts'

export const digitsInputProperties = {
  startMessage: entryName('audio', 'Start message', 'enter-code', ': played as the caller arrives'),
  errorMessage: entryName('audio', 'Error message', 'wrong-code', ': played after a wrong entry'),
  timeoutMessage: entryName('audio', 'Timeout message', 'too-late', ': played when nothing was entered in time'),
  timeoutSeconds: {
    type: 'number', minimum: 1, maximum: 60, default: 10,
    title: 'Seconds to the first digit', examples: [5],
    description: 'From the end of the prompt to the first digit.',
  },
  interDigitSeconds: {
    type: 'number', minimum: 1, maximum: 10, default: 3,
    title: 'Seconds between digits', examples: [2],
    description: 'A longer pause ends the entry, which counts.',
  },
  attempts: { type: 'integer', minimum: 1, maximum: 10, default: 3, title: 'Attempts', examples: [2], description: 'Entries allowed; a timeout uses one up.' },
  minDigits: { type: 'integer', minimum: 1, maximum: 64, default: 1, title: 'Fewest digits', examples: [4], description: 'Fewer digits are a wrong entry and ask no server.' },
  maxDigits: { type: 'integer', minimum: 1, maximum: 64, default: 20, title: 'Most digits', examples: [6], description: 'Ends the entry at once.' },
  terminator: {
    enum: ['#', '*', 'none'], default: '#',
    title: 'Terminator', examples: ['#'],
    description: 'Ends the entry; alone it is a wrong entry, while silence is a timeout.',
  },
} // prettier-ignore

export const digitsInputSchema = objectSchema<DigitsInputSpec>({
  title: 'ivr',
  description: 'The caller must first enter a code.',
  properties: digitsInputProperties,
  required: ['startMessage'],
})

/** Fields that name audio of the document. */
export const MESSAGES = ['startMessage', 'errorMessage', 'timeoutMessage'] as const

/** Errors in the numbers of digits. A field that is absent counts with the schema's default. */
export function digitErrors(input: JsonObject, path: Path, report: Report): void {
  const { minDigits = 1, maxDigits = 20 } = input
  if (typeof minDigits !== 'number' || typeof maxDigits !== 'number' || minDigits <= maxDigits) return
  const field = 'minDigits' in input ? 'minDigits' : 'maxDigits'
  const message = `minDigits is ${minDigits} and maxDigits ${maxDigits}, so no entry can be right`
  report([...path, field], `${message}; write a minDigits of ${maxDigits} or less`)
}

/**
 * What a caller goes through who uses up the time of every attempt; with `requestSeconds`, each entry is then asked
 * about. Slow keying is not counted: a caller who keys does not wait.
 */
export function stretchesOf(
  {
    attempts,
    timeoutSeconds,
    timeoutMessage,
  }: Pick<DigitsInputSpec, 'attempts' | 'timeoutSeconds' | 'timeoutMessage'>,
  requestSeconds?: number,
): Stretch[] {
  const keying: Stretch[] = [AUDIO, { of: 'keying', seconds: timeoutSeconds }]
  // After the last request there may be no message: not where its answer is `ERR`.
  if (requestSeconds !== undefined) keying.push({ of: 'request', seconds: requestSeconds })
  const all = Array.from({ length: attempts }, () => keying).flat()
  return requestSeconds === undefined && timeoutMessage !== undefined ? [...all, AUDIO] : all
}

export type Verdict = 'good' | 'wrong' | 'failed'

/** What became of one attempt, for the journal; never the digits. */
export type AttemptOutcome = Verdict | 'timeout' | 'short'

interface Collected {
  /** `gone`: the caller is, in the attempt after those. */
  readonly result: 'good' | 'failed' | 'exhausted' | 'gone'
  readonly attempts: readonly AttemptOutcome[]
}

/** Says what to do with digits that are not too few. */
type Judge = (digits: string) => Verdict | Gone | Promise<Verdict | Gone>

/**
 * Calls `collect` until its digits are good, the attempts are used up, or `judge` says 'failed'. Begins at the
 * state's attempt, so that a walk that is resumed neither gives an attempt away nor takes one.
 */
export async function collectDigits(
  context: WalkContext,
  spec: DigitsInputSpec,
  collect: (prompt: string) => Promise<DigitsInput | Gone>,
  judge: Judge,
): Promise<Collected> {
  const { call, state } = context
  const attempts: AttemptOutcome[] = []
  while (state.attempt < spec.attempts) {
    const input = await collect(audioOf(context, promptOf(spec, state.prompt)))
    const outcome = input === 'gone' ? 'gone' : await judged(input, spec, judge)
    if (outcome === 'gone') return { result: 'gone', attempts }
    attempts.push(outcome)
    if (outcome === 'good' || outcome === 'failed') return { result: outcome, attempts }
    state.attempt++
    state.prompt = outcome === 'timeout' ? 'timeout' : 'wrong'
    state.keyed = ''
  }
  const last = state.prompt === 'timeout' ? spec.timeoutMessage : spec.errorMessage
  if (last !== undefined && (await call.play(audioOf(context, last), { answer: true })) === 'gone')
    return { result: 'gone', attempts }
  return { result: 'exhausted', attempts }
}

async function judged(
  input: DigitsInput,
  spec: DigitsInputSpec,
  judge: Judge,
): Promise<AttemptOutcome | Gone> {
  if (input.kind === 'timeout') return 'timeout'
  if (input.digits.length < spec.minDigits) return 'short'
  return judge(input.digits)
}

/** What a step comes to whose caller went in the attempt after these. */
export function interrupted(attempts: readonly AttemptOutcome[]): Interrupted {
  return { go: 'gone', ...(attempts.length > 0 && { details: { attempts } }) }
}

function promptOf(spec: DigitsInputSpec, prompt: 'start' | 'wrong' | 'timeout'): string {
  if (prompt === 'wrong') return spec.errorMessage ?? spec.startMessage
  if (prompt === 'timeout') return spec.timeoutMessage ?? spec.startMessage
  return spec.startMessage
}

/** Collects a code, whose digits are secret, until `judge` says what to do with it. */
export function collectCode(context: WalkContext, spec: DigitsInputSpec, judge: Judge): Promise<Collected> {
  const collect = (prompt: string) =>
    context.call.collect({
      prompt,
      timeoutMs: spec.timeoutSeconds * 1000,
      interDigitMs: spec.interDigitSeconds * 1000,
      maxDigits: spec.maxDigits,
      terminator: spec.terminator,
      secret: true,
    })
  return collectDigits(context, spec, collect, judge)
}

export interface SurroundingCode {
  /** Empty: there is none, or the caller did not key it again, and is not asked again then. */
  readonly digits: string
  /** Present when the code had to be collected again. */
  readonly attempts?: readonly AttemptOutcome[]
}

/**
 * The code of the nearest `ivr` step in whose success branch `step` stands. Codes do not travel with a
 * checkpoint: one that was lost with a controller is collected again, here.
 */
export async function surroundingCode(
  { inIvr }: CompiledStep,
  context: WalkContext,
): Promise<SurroundingCode | Interrupted> {
  if (inIvr === undefined) return { digits: '' }
  const { codes } = context.state
  const kept = codes.get(inIvr)
  if (kept !== undefined) return { digits: kept }
  let code = ''
  const collected = await collectCode(context, context.document.steps[inIvr]!.collection!.input, (digits) => {
    code = digits
    return 'good'
  })
  if (collected.result === 'gone') return interrupted(collected.attempts)
  const digits = collected.result === 'good' ? code : ''
  codes.set(inIvr, digits)
  return { digits, attempts: collected.attempts }
}
