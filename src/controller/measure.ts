/** Parts that are counted: each as it was, and the metrics hear of it. */
import type { Metrics } from '../api/index.ts'
import type { CallRecord } from '../records/index.ts'
import type { Ask, PlanStore } from '../plan/index.ts'

export function measuredAsk(ask: Ask, metrics: Metrics): Ask {
  return async (question) => {
    const began = performance.now()
    const answer = await ask(question)
    metrics.asked(answer, performance.now() - began)
    return answer
  }
}

type Write = (record: CallRecord) => Promise<void>

export function countedCalls(write: Write, metrics: Metrics): Write {
  return (record) => {
    metrics.callEnded(record)
    return write(record)
  }
}

export function countedReload(reload: PlanStore['reload'], metrics: Metrics): PlanStore['reload'] {
  return async () => {
    try {
      const result = await reload()
      metrics.reloaded(result.changed ? 'changed' : 'unchanged')
      return result
    } catch (error) {
      metrics.reloaded('refused')
      throw error
    }
  }
}
