/** §2 `missed`: requested after a missed call. */
import { expect, test } from 'vitest'
import type { WebhookRequest } from '../../src/plan/webhook-request.ts'
import { createMissedCallNotifier } from '../../src/webhook/missed-call-notifier.ts'
import { webhookClient, webhookRequest } from './clients.ts'
import { says, web } from './servers.ts'

function missed(pausesMs: readonly number[]) {
  const client = webhookClient()
  const notifier = createMissedCallNotifier({
    send: client.send,
    log: {
      info: (fields: unknown) => void client.log.push({ level: 'info', fields, message: '' }),
      warn: (fields: unknown) => void client.log.push({ level: 'warn', fields, message: '' }),
    },
    pausesMs,
  })
  return { ...notifier, log: client.log }
}

function about(url: string, method: 'GET' | 'POST' = 'GET'): Omit<WebhookRequest, 'kind' | 'signal'> {
  return webhookRequest(`${url}/?from={callerid}`, { method, retries: 3, timeoutSeconds: 3 })
}

test('one request is sent when the server accepts it, whatever the response says', async () => {
  const server = await web(says('thank you'))
  const { notify, close, log } = missed([10, 10])
  notify(about(server.url))
  await close(5000)
  expect(server.requests.map(({ url }) => url)).toEqual(['/?from=%2B31612345678'])
  expect(log).toMatchObject([{ level: 'info', fields: { document: 'acme', webhook: 'crm', tries: 1 } }])
})

test('up to 3 requests are sent, with the same Idempotency-Key, of a POST as well', async () => {
  const done = Promise.withResolvers<undefined>()
  const server = await web((_, response) => {
    response.writeHead(503).end()
    if (server.requests.length === 3) done.resolve(undefined)
  })
  const { notify, close, log } = missed([5, 10])
  notify(about(server.url, 'POST'))
  await done.promise
  await close(1000)
  expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(
    Array(3).fill('call-1.step-2'),
  )
  expect(log).toMatchObject([{ level: 'warn', fields: { tries: 3, http: 503, error: 'HTTP 503' } }])
})

test('at a stop those that pause are sent once more, at once', async () => {
  const failed = Promise.withResolvers<undefined>()
  const server = await web((_, response) => {
    response.writeHead(server.requests.length === 1 ? 503 : 200).end(() => failed.resolve(undefined))
  })
  const { notify, close, log } = missed([3_600_000, 3_600_000])
  notify(about(server.url))
  await failed.promise
  await close(5000)
  expect(server.requests).toHaveLength(2)
  expect(log).toMatchObject([{ level: 'info', fields: { tries: 2 } }])
})

test('a stop waits no longer than `withinMs`', async () => {
  const asked = Promise.withResolvers<undefined>()
  const server = await web(() => asked.resolve(undefined))
  const { notify, close, log } = missed([10, 10])
  notify({ ...about(server.url), webhook: { ...about(server.url).webhook, timeoutSeconds: 10 } })
  await asked.promise
  const before = performance.now()
  await close(100)
  expect(performance.now() - before).toBeLessThan(5000)
  expect(log).toMatchObject([{ level: 'warn', fields: { tries: 1 } }])
})
