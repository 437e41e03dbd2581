/** How a queue of mod_callcenter was left, from the variables that it sets on the caller's channel (callcenter_function). */
import { type Headers, WAIT_IS_OVER } from '../esl/index.ts'
import type { QueueResult } from '../plan/index.ts'

/** Undefined: the call was in no queue for a controller, as far as its channel shows. */
export function readQueueEnd(headers: Headers): QueueResult | undefined {
  if (headers.variable('cc_exit_keys')?.startsWith(WAIT_IS_OVER) !== true) return undefined
  // Whoever gets into a queue has its name; all else that is there then may be of the one before.
  if (headers.variable('cc_queue') === undefined)
    return { outcome: 'failed', warnings: ['FreeSWITCH has no such queue'] }
  return { ...leftBy(headers), ...waitOf(headers) }
}

function leftBy(headers: Headers): QueueResult {
  if (headers.variable('cc_cause') === 'answered') {
    const agent = headers.variable('cc_agent')
    return { outcome: 'answered', ...(agent !== undefined && { agent }) }
  }
  switch (headers.variable('cc_cancel_reason')) {
    case 'TIMEOUT':
      return { outcome: 'timeout' }
    case 'NO_AGENT_TIMEOUT':
      return { outcome: 'noAgents' }
    case 'EXIT_WITH_KEY':
      return { outcome: headers.variable('cc_exit_key') === WAIT_IS_OVER ? 'timeout' : 'exitKey' }
    case undefined:
    default:
      return { outcome: 'failed' }
  }
}

/** FreeSWITCH has whole seconds since 1970. */
function waitOf(headers: Headers): Pick<QueueResult, 'waitMs'> {
  const left =
    headers.variable('cc_cause') === 'answered' ? 'cc_queue_answered_epoch' : 'cc_queue_canceled_epoch'
  const seconds = Number(headers.variable(left)) - Number(headers.variable('cc_queue_joined_epoch'))
  return seconds >= 0 ? { waitMs: seconds * 1000 } : {}
}
