import { type JsonObject, objectAt } from '../../json/index.ts'
import type { Gone } from '../call-control.ts'
import {
  type AttemptOutcome,
  collectCode,
  interrupted,
  stretchesOf,
  type SurroundingCode,
  surroundingCode,
  type Verdict,
} from '../digits-input.ts'
import { createMask } from '../mask.ts'
import { entryName, id, note, stepList, stepSchema } from '../schema-parts.ts'
import {
  audioOf,
  type CompiledStep,
  type Details,
  type Interrupted,
  SLOW_SECONDS,
  type Step,
  type StepBase,
  type StepDefinition,
  type WalkContext,
} from '../step.ts'
import type { Returned, WalkState } from '../state.ts'
import { secretValues, sentVariables, takeVariables } from '../variables.ts'
import { idempotencyKey, secretsIn, type WebhookRequest, type WebhookResult } from '../webhook-request.ts'

/** Sends a webhook request; `ACK` (and, with `ivr`, a good code) takes `success`, all else `failure`. */
export interface WebhookStep extends StepBase {
  readonly type: 'webhook'
  readonly webhook: string
  readonly success: readonly Step[]
  readonly failure: readonly Step[]
}

export const webhook: StepDefinition<WebhookStep> = {
  schema: stepSchema<WebhookStep>({
    title: 'webhook',
    description: 'Asks a server of yours what to do with the call.',
    properties: {
      id,
      webhook: entryName('webhooks', 'Webhook', 'crm'),
      note,
      success: { ...stepList('On ACK', 'What to do when the answer is `ACK`.'), default: [] },
      failure: {
        ...stepList('On anything but ACK', 'What to do otherwise: `NAK`, `ERR`, no answer, no good code.'),
        default: [],
      },
    },
    required: ['webhook'],
  }),
  example: {
    type: 'webhook',
    webhook: 'crm',
    success: [{ type: 'callername', mode: 'webhook' }],
    failure: [{ type: 'callername', mode: 'prepend', text: '? ' }],
  },
  title: { en: 'Webhook', nl: 'Webhook' },
  says: ({ webhook }) => ({ en: `asks the webhook ${webhook}`, nl: `raadpleegt de webhook ${webhook}` }),
  saysBranch: (branch) =>
    branch === 'success'
      ? { en: 'on ACK', nl: 'bij ACK' }
      : { en: 'on anything but ACK', nl: 'bij alles behalve ACK' },
  freeswitch: {
    applications: ['answer', 'play_and_get_digits', 'playback'],
    modules: ['mod_dptools', 'mod_sndfile', 'mod_tone_stream', 'mod_local_stream'],
  },
  branches: { success: 'list', failure: 'list' },
  scopes: { success: 'inWebhook' },
  asksForCode: (step, document) =>
    'ivr' in objectAt(objectAt(document, 'webhooks'), String((step as JsonObject).webhook)),
  presentation: ({ webhook }, { webhooks }) => webhooks[webhook]?.callerIdPresentation,
  names: { webhooks: ['webhook'] },
  stretches({ webhook }, { webhooks }) {
    // Retries, redirects and the fallback are within the time.
    const { ivr, timeoutSeconds } = webhooks[webhook]!
    return ivr ? stretchesOf(ivr, timeoutSeconds) : [{ of: 'request', seconds: timeoutSeconds }]
  },
  answers: ({ webhook }, { webhooks }) => webhooks[webhook]!.ivr !== undefined,
  failsSilently: () => true,
  async run(step, context) {
    const exchange = await collectAndSend(step, context)
    if ('go' in exchange) return exchange
    const { result, code, attempts } = exchange
    const { state, document } = context
    if (result?.status !== 'ACK') {
      const masked = createMask(secretsAround(code, state))
      const outcome = result?.status ?? attempts?.at(-1) ?? 'ERR'
      return {
        ...{ go: 'branch', branch: 'failure', outcome },
        details: { ...(attempts && { attempts }), ...(result && inJournal(result, masked)) },
      }
    }
    const {
      variables: returned = {},
      secretVariables,
      destination,
      destinations,
      callername,
      ...rest
    } = result
    const secretNames = secretVariables
      ? new Set([...document.secretVariables, ...secretVariables])
      : document.secretVariables
    // Also of this very answer, in which others may hold them.
    const hidden = [...secretsAround(code, state), ...secretValues(returned, secretNames)]
    const masked = createMask(hidden)
    const { warnings, ...taken } = takeVariables(state, returned, {
      used: document.usedVariables,
      secretNames,
      hides: (value) => masked(value) !== value,
    })
    const said = {
      ...(destination !== undefined && { destination }),
      ...(destinations !== undefined && { destinations }),
      // It goes to telephones, to FreeSWITCH's log and into the checkpoint.
      ...(callername !== undefined && { callername: masked(callername) }),
    }
    const isAll = takeReturned(state, step.index, said)
    // For the journal: this very controller may have to mask it again.
    if (code !== '') state.codes.set(step.index, code)
    // A replay has those of the record among what the server said.
    const all = [...new Set([...rest.warnings, ...warnings, ...(isAll ? [] : [LEFT_BEHIND])])]
    return {
      ...{ go: 'branch', branch: 'success', outcome: 'ACK' },
      details: {
        ...(attempts && { attempts }),
        ...inJournal({ ...rest, ...said, warnings: all }, masked),
        ...Object.fromEntries(Object.entries(taken).filter(([, of]) => Object.keys(of).length > 0)),
      },
    }
  },
}

/**
 * Of what a webhook and those around it returned, destinations and names, as the checkpoint has them, which FreeSWITCH
 * takes time for byte by byte: three of the largest answers.
 */
const MOST_RETURNED_BYTES = 3072
/** Of the index of a step, twice, and of what separates it. */
const INDEX_BYTES = 12

const LEFT_BEHIND = `destinations and names that webhooks further out returned are left behind: those of webhooks that stand in one another have at most ${MOST_RETURNED_BYTES} bytes in all`

/** Leaves behind what was returned first, by the outermost, where it is too much. False: something was. */
function takeReturned({ returned }: WalkState, index: number, said: Returned): boolean {
  returned.set(index, said)
  let bytes = [...returned.values()].reduce((sum, one) => sum + bytesOf(one), 0)
  let isAll = true
  for (const [outer, one] of returned) {
    if (bytes <= MOST_RETURNED_BYTES) break
    returned.delete(outer)
    bytes -= bytesOf(one)
    isAll &&= Object.keys(one).length === 0
  }
  return isAll
}

function bytesOf({ destination = '', destinations = [], callername = '' }: Returned): number {
  const name = Math.ceil((Buffer.byteLength(callername) * 4) / 3)
  return destinations.reduce((sum, one) => sum + one.length + 1, INDEX_BYTES + destination.length + name)
}

/** What must not be written down where this code was keyed. */
export function secretsAround(code: string, { secrets }: WalkState): string[] {
  return secretsIn({ code, secretVariables: Object.fromEntries(secrets) })
}

/** Of an error: what `webhook` in another step refers to, and so where it may stand. */
export const BELOW_WEBHOOK =
  'means the nearest webhook, so it may only stand below the "success" of a webhook step'

/** `result`: of the last request; absent when no digits were good enough to send one. */
interface Exchange {
  readonly result?: WebhookResult
  readonly code: string
  readonly attempts?: readonly AttemptOutcome[]
}

async function collectAndSend(
  step: CompiledStep<WebhookStep>,
  context: WalkContext,
): Promise<Exchange | Interrupted> {
  const webhook = context.document.document.webhooks[step.spec.webhook]!
  if (!webhook.ivr) {
    const code = await surroundingCode(step, context)
    if ('go' in code) return code
    // It was lost with a controller, and the caller did not key it again.
    if (step.inIvr !== undefined && code.digits === '')
      return { code: '', ...(code.attempts && { attempts: code.attempts }) }
    const result = await send(step, context, code.digits)
    return result === 'gone' ? { go: 'gone' } : { result, code: code.digits }
  }
  let last: WebhookResult | undefined
  let code = ''
  const collected = await collectCode(context, webhook.ivr, async (digits) => {
    const result = await send(step, context, digits)
    if (result === 'gone') return 'gone'
    last = result
    code = digits
    return verdictOf(result)
  })
  const { result, attempts } = collected
  return result === 'gone' ? interrupted(attempts) : { ...(last && { result: last }), code, attempts }
}

/**
 * The code that the caller keyed for the nearest step that asks for one. Where it was lost with a controller it is
 * collected again, and the webhook that it was for has to find it good again: else there is none.
 */
export async function keyedCode(
  step: CompiledStep,
  context: WalkContext,
): Promise<SurroundingCode | Interrupted> {
  const { inCode, inIvr } = step
  const { codes } = context.state
  const kept = inCode === undefined ? '' : codes.get(inCode)
  if (kept !== undefined) return { digits: kept }
  if (inCode === inIvr) return surroundingCode(step, context)
  const exchange = await collectAndSend(context.document.steps[inCode!] as CompiledStep<WebhookStep>, context)
  if ('go' in exchange) return exchange
  const { result, code, attempts } = exchange
  const digits = result?.status === 'ACK' ? code : ''
  codes.set(inCode!, digits)
  return { digits, ...(attempts && { attempts }) }
}

/** `NAK` leaves another attempt, `ERR` does not. */
function verdictOf({ status }: WebhookResult): Verdict {
  if (status === 'ACK') return 'good'
  return status === 'NAK' ? 'wrong' : 'failed'
}

/** What the journal keeps of a result: an echo of a secret is masked. */
function inJournal(result: WebhookResult, masked: (text: string) => string): Details {
  const {
    status: _,
    url,
    http,
    tries,
    source,
    warnings,
    destination,
    destinations,
    callername,
    error,
  } = result
  return {
    url,
    ...(destination !== undefined && { destination: masked(destination) }),
    ...(destinations !== undefined && { destinations: destinations.map(masked) }),
    ...(callername !== undefined && { callername: masked(callername) }),
    ...(error !== undefined && { error: masked(error) }),
    ...(http !== undefined && { http }),
    ...(tries !== 1 && { tries }),
    ...(source !== 'server' && { source }),
    ...(warnings.length > 0 && { warnings: warnings.map(masked) }),
  }
}

/** Saves the state, sends the request, and plays `waitAudio` to an answered caller if that takes long. */
async function send(
  step: CompiledStep<WebhookStep>,
  context: WalkContext,
  code: string,
): Promise<WebhookResult | Gone> {
  const { call, document } = context
  call.save()
  const request = requestOf(step.spec.webhook, code, context)
  const sent = context.sendWebhook({
    ...request,
    kind: code === '' ? 'plain' : 'codes',
    secretNames: document.secretVariables,
    signal: call.signal,
  })
  const { waitAudio } = request.webhook
  const audio = waitAudio === undefined ? undefined : audioOf(context, waitAudio)
  const result = call.answered ? await withAudio(context, audio, sent) : await sent
  return call.signal.aborted ? 'gone' : result
}

/** What a step asks a webhook with, or tells it. */
export function requestOf(
  name: string,
  code: string,
  { call, state, document }: WalkContext,
): Omit<WebhookRequest, 'kind' | 'secretNames' | 'signal'> {
  return {
    document: document.name,
    name,
    webhook: document.document.webhooks[name]!,
    values: {
      ...{ code, did: call.did, callerid: call.caller.number, callername: state.name },
      ...sentVariables(state),
    },
    callId: call.id,
    key: idempotencyKey(call.id, state.steps, state.attempt),
  }
}

async function withAudio(
  context: WalkContext,
  audio: string | undefined,
  sent: Promise<WebhookResult>,
): Promise<WebhookResult> {
  let stop: (() => Promise<void>) | undefined
  const cancel = context.time.after(SLOW_SECONDS * 1000, () => {
    stop = context.call.wait(audio)
  })
  const result = await sent
  cancel()
  await stop?.()
  return result
}
