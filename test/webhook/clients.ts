/** Webhook clients that may reach loopback, and requests for them. */
import { onTestFinished } from 'vitest'
import type { WebhookRequest } from '../../src/plan/webhook-request.ts'
import type { WebhookSpec } from '../../src/plan/document.ts'
import {
  createWebhookClient,
  type WebhookClient,
  type WebhookClientOptions,
} from '../../src/webhook/client.ts'

type Limits = WebhookClientOptions['config']

export const limits: Limits = {
  allowPrivateNetworks: ['127.0.0.0/8'],
  maxConcurrent: 64,
  maxQueued: 64,
  maxConcurrentPerDocument: 128,
  maxConnections: 1024,
  requestsPerSecond: 0,
  breaker: { failureRate: 0.5, minimum: 10, windowSeconds: 30, openSeconds: 10 },
  maxTimeoutSeconds: 10,
}

export interface LogLine {
  readonly level: 'info' | 'warn'
  readonly fields: unknown
  readonly message: unknown
}

/** A client that may reach loopback, closed with the test. */
export function webhookClient(
  config: Partial<Limits> = {},
  options: Partial<WebhookClientOptions> = {},
): WebhookClient & { log: LogLine[] } {
  const log: LogLine[] = []
  const client = createWebhookClient({
    config: { ...limits, ...config },
    env: () => undefined,
    privateNetworks: () => [],
    log: {
      info: (fields: unknown, message?: unknown) => void log.push({ level: 'info', fields, message }),
      warn: (fields: unknown, message?: unknown) => void log.push({ level: 'warn', fields, message }),
    },
    version: '1.2.3',
    ...options,
  })
  onTestFinished(() => client.close())
  return { ...client, log }
}

/** A request with every default of the schema; `webhook` and `values` change single fields. */
export function webhookRequest(
  urlTemplate: string,
  webhook: Partial<WebhookSpec> = {},
  more: Partial<Omit<WebhookRequest, 'webhook' | 'values'>> & {
    values?: Partial<WebhookRequest['values']>
  } = {},
): WebhookRequest {
  const { values, ...rest } = more
  return {
    document: 'acme',
    name: 'crm',
    webhook: {
      description: '',
      urlTemplate,
      reply: 'required',
      method: 'GET',
      timeoutSeconds: 3,
      headers: {},
      retries: 0,
      cacheSeconds: 0,
      staleIfErrorSeconds: 0,
      ...webhook,
    },
    values: { code: '', did: '+31502100000', callerid: '+31612345678', callername: 'Jane Doe', ...values },
    callId: '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49',
    key: 'call-1.step-2',
    kind: 'plain',
    signal: new AbortController().signal,
    ...rest,
  }
}
