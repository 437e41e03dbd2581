/** One webhook request, as a step sends it. */
import type { Gone } from './call-control.ts'
import { audioOf } from './entry.ts'
import type { StepOf, WalkContext } from './step.ts'
import type { WebhookStep } from './steps/webhook.ts'
import { idempotencyKey, type WebhookResult } from './webhook-request.ts'

/** A caller who was answered hears nothing while an answer is waited for; after this they hear `waitAudio`. */
const SLOW_MS = 2000

/** Saves the state, asks, and keeps an answered caller from sitting in silence meanwhile. */
export async function askServer(
  step: StepOf<WebhookStep>,
  context: WalkContext,
  code: string,
): Promise<WebhookResult | Gone> {
  const { call, state, document } = context
  const name = step.spec.webhook
  const webhook = document.document.webhooks[name]!
  call.save()
  const answer = context.sendWebhook({
    document: document.name,
    name,
    webhook,
    values: { code, did: call.did, callerid: call.caller.number, callername: state.name },
    callId: call.id,
    key: idempotencyKey(call.id, state.steps, state.attempt),
    kind: code === '' ? 'plain' : 'codes',
    signal: call.signal,
  })
  const audio = webhook.waitAudio === undefined ? undefined : audioOf(context, webhook.waitAudio)
  const result = call.answered ? await withAudio(context, audio, answer) : await answer
  return call.signal.aborted ? 'gone' : result
}

async function withAudio(
  context: WalkContext,
  audio: string | undefined,
  answer: Promise<WebhookResult>,
): Promise<WebhookResult> {
  let stop: (() => Promise<void>) | undefined
  const timer = setTimeout(() => {
    stop = context.call.wait(audio)
  }, SLOW_MS)
  const result = await answer
  clearTimeout(timer)
  await stop?.()
  return result
}
