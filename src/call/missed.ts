/** What is asked once nobody has talked to a caller whose plan wants to know. */
import { idempotencyKey, type WebhookRequest } from '../plan/index.ts'
import type { Beginning, Incoming } from './story.ts'

export type Missed = Pick<WebhookRequest, 'document' | 'name' | 'webhook' | 'values' | 'callId' | 'key'>

/** Undefined: the last plan on the way that could name a `missed` webhook named none. `id`: the call's. */
export function missedOf(
  id: string,
  { caller, did }: Incoming,
  begun: Beginning | undefined,
): Missed | undefined {
  const name = begun?.state.missed
  if (!begun || name === undefined) return undefined
  const { webhooks } = begun.document.document
  // A checkpoint may name anything.
  const webhook = Object.hasOwn(webhooks, name) ? webhooks[name] : undefined
  if (!webhook) return undefined
  return {
    document: begun.document.name,
    name,
    webhook,
    values: { code: '', did, callerid: caller.number, callername: begun.state.name },
    callId: id,
    key: idempotencyKey(id, -1, 0),
  }
}
