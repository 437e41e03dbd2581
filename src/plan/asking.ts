/** One question to a customer's server, as a step asks it. */
import { hash } from 'node:crypto'
import type { Answer, Gone } from './call-control.ts'
import { audioOf } from './entry.ts'
import type { StepOf, WalkContext } from './step.ts'
import type { WebhookStep } from './steps/webhook.ts'

/** A caller who was answered hears nothing while an answer is waited for; after this they hear `waitAudio`. */
const SLOW_MS = 2000

/** Saves the state, asks, and keeps an answered caller from sitting in silence meanwhile. */
export async function askServer(
  step: StepOf<WebhookStep>,
  context: WalkContext,
  code: string,
): Promise<Answer | Gone> {
  const { call, state, document } = context
  const name = step.spec.webhook
  const webhook = document.document.webhooks[name]!
  call.save()
  const answer = context.ask({
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

/** The same for every try of one question, by whichever controller: it follows from the call and its place alone. */
export function idempotencyKey(callId: string, steps: number, attempt: number): string {
  return hash('sha256', `${callId}/${steps}/${attempt}`, 'base64url').slice(0, 22)
}

async function withAudio(
  context: WalkContext,
  audio: string | undefined,
  answer: Promise<Answer>,
): Promise<Answer> {
  let stop: (() => Promise<void>) | undefined
  const timer = setTimeout(() => {
    stop = context.call.wait(audio)
  }, SLOW_MS)
  const result = await answer
  clearTimeout(timer)
  await stop?.()
  return result
}
