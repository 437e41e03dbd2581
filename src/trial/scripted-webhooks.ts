/** Customers' servers as a script has them: each answers what it says, after as long as it says. */
import {
  bodyFault,
  endReasonOf,
  ended,
  pause,
  type HttpOutcome,
  type Sender,
  type Transport,
} from '../webhook/index.ts'
import type { Given, ScriptedResponse, ScriptedWebhook } from './script.ts'
import type { ScriptTime } from './script-time.ts'

const REFUSED: HttpOutcome = { kind: 'fault', cause: 'network', error: 'connection refused', sent: false }

interface Scripted {
  readonly webhooks: Given['webhooks']
  readonly time: ScriptTime
  /** For those that are really asked. */
  readonly ask: Transport['send']
  /** Called with the name of each webhook that the script says nothing of. */
  readonly onUnscripted: (webhook: string) => void
}

export function scriptedTransport({ webhooks, time, ask, onUnscripted }: Scripted): Transport {
  const requests = new Map<string, number>()

  function next(webhook: string): ScriptedWebhook {
    const scripted = Object.hasOwn(webhooks, webhook) ? webhooks[webhook] : undefined
    if (scripted === undefined) {
      onUnscripted(webhook)
      return 'down'
    }
    const count = requests.get(webhook) ?? 0
    requests.set(webhook, count + 1)
    return isList(scripted) ? scripted[Math.min(count, scripted.length - 1)]! : scripted
  }

  async function send(
    request: Parameters<Transport['send']>[0],
    sender: Sender,
    signal: AbortSignal,
  ): Promise<HttpOutcome> {
    const scripted = next(sender.webhook)
    if (scripted === 'down') return REFUSED
    if (scripted === 'ask') return time.during(ask(request, sender, signal))
    const response = typeof scripted === 'string' ? { status: scripted } : scripted
    const passed = await pause((response.afterSeconds ?? 0) * 1000, signal, time)
    return passed ? responseOf(response) : ended(endReasonOf(signal), 'no answer', true)
  }

  return { send, close: () => Promise.resolve() }
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value)

/** HTTP has no content with these (RFC 9110, section 6.4.1). */
const WITHOUT_CONTENT: readonly number[] = [204, 304]

function responseOf({
  http = 200,
  body,
  contentType,
  status,
  destination,
  destinations,
  callername,
  variables,
}: ScriptedResponse): HttpOutcome {
  const fields = JSON.stringify({ status, destination, destinations, callername, variables })
  const content = Buffer.from(WITHOUT_CONTENT.includes(http) ? '' : (body ?? fields))
  const tooLarge = bodyFault(content.length)
  if (tooLarge) return { ...tooLarge, http }
  const type = body === undefined ? 'application/json' : (contentType ?? 'application/x-www-form-urlencoded')
  return { kind: 'response', http, contentType: type, location: undefined, body: content }
}
