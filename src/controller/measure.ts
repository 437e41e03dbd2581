/** Parts that are counted: each as it was, and the metrics hear of it. */
import type { Metrics } from '../api/index.ts'
import type { PlanStore, SendWebhook } from '../plan/index.ts'

export function measuredWebhooks(send: SendWebhook, metrics: Metrics): SendWebhook {
  return async (request) => {
    const began = performance.now()
    const result = await send(request)
    metrics.webhookSent(result, performance.now() - began)
    return result
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
