import { askServer } from '../asking.ts'
import type { Gone } from '../call-control.ts'
import { enterCode, surroundingCode } from '../code.ts'
import type { Step, StepBase } from '../document.ts'
import type { AttemptOutcome, Verdict } from '../entry.ts'
import { LONGEST_NAME } from '../lint/caps.ts'
import { maskCode } from '../mask.ts'
import { objectSchema, stepFields, stepList } from '../schema-types.ts'
import type { Details, StepOf, StepResult, WalkContext } from '../step.ts'
import type { WebhookResult } from '../webhook-request.ts'

/** Asks a webhook; `ACK` (and, with `ivr`, a good code) takes `success`, all else `failure`. */
export interface WebhookStep extends StepBase {
  readonly type: 'webhook'
  readonly webhook: string
  readonly success: readonly Step[]
  readonly failure: readonly Step[]
}

export const webhookSchema = objectSchema<WebhookStep>({
  title: 'webhook',
  description: 'Asks a server of yours what to do with the call.',
  properties: {
    ...stepFields,
    type: { const: 'webhook' },
    webhook: { type: 'string', maxLength: LONGEST_NAME, description: 'Name of an entry of `webhooks`.' },
    success: { ...stepList('What to do when the answer is `ACK`.'), default: [] },
    failure: { ...stepList('What to do otherwise: `NAK`, `ERR`, no answer, no good code.'), default: [] },
  },
  required: ['type', 'webhook'],
})

/** `answer` is the last one; absent when no entry was good enough to ask with. */
interface Asked {
  readonly answer?: WebhookResult
  readonly code: string
  readonly attempts?: readonly AttemptOutcome[]
}

export async function runWebhook(step: StepOf<WebhookStep>, context: WalkContext): Promise<StepResult> {
  const asked = await ask(step, context)
  if (asked === 'gone') return 'gone'
  const { answer, code, attempts } = asked
  const details = { ...(attempts && { attempts }), ...(answer && inJournal(answer, code)) }
  if (answer?.status !== 'ACK') {
    return { go: 'branch', branch: 'failure', outcome: answer?.status ?? attempts?.at(-1) ?? 'ERR', details }
  }
  const { destination, callername } = answer
  context.state.returned.set(step.index, {
    ...(destination !== undefined && { destination }),
    // It goes to telephones, to FreeSWITCH's log and into the checkpoint.
    ...(callername !== undefined && { callername: maskCode(callername, code) }),
  })
  // For the journal: this very controller may have to mask it again.
  if (code !== '') context.state.codes.set(step.index, code)
  return { go: 'branch', branch: 'success', outcome: 'ACK', details }
}

async function ask(step: StepOf<WebhookStep>, context: WalkContext): Promise<Asked | Gone> {
  const webhook = context.document.document.webhooks[step.spec.webhook]!
  if (!webhook.ivr) {
    const code = await surroundingCode(step, context)
    if (code === 'gone') return 'gone'
    if (code.attempts && code.digits === '') return { code: '', attempts: code.attempts }
    const answer = await askServer(step, context, code.digits)
    return answer === 'gone' ? 'gone' : { answer, code: code.digits }
  }
  let answer: WebhookResult | undefined
  let code = ''
  const entered = await enterCode(context, webhook.ivr, async (digits) => {
    const reply = await askServer(step, context, digits)
    if (reply === 'gone') return 'gone'
    answer = reply
    code = digits
    return verdictOf(reply)
  })
  return entered === 'gone' ? 'gone' : { ...(answer && { answer }), code, attempts: entered.attempts }
}

/** `NAK` leaves another attempt, `ERR` does not. */
function verdictOf(answer: WebhookResult): Verdict {
  if (answer.status === 'ACK') return 'good'
  return answer.status === 'NAK' ? 'wrong' : 'failed'
}

/** What the journal keeps of an answer: an echo of the code is masked. */
function inJournal(answer: WebhookResult, code: string): Details {
  const { status: _, warnings, tries, source, ...said } = answer
  const kept = Object.entries(said).map(([key, value]) => [
    key,
    typeof value === 'string' && key !== 'url' ? maskCode(value, code) : value,
  ])
  return {
    ...(Object.fromEntries(kept) as Details),
    ...(tries !== 1 && { tries }),
    ...(source !== 'server' && { source }),
    ...(warnings.length > 0 && { warnings: warnings.map((warning) => maskCode(warning, code)) }),
  }
}
