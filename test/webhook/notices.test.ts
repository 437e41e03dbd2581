/** What bounds notices while their server hangs. */
import { expect, test } from 'vitest'
import { createNotices } from '../../src/webhook/notices.ts'
import { until } from '../harness/until.ts'
import { webhookClient, webhookRequest, limits } from './clients.ts'
import { says, web } from './servers.ts'

const notice = (url: string, document = 'acme') =>
  webhookRequest(url, {}, { kind: 'notice', document, callId: 'call-1' })

function noticesOf(config: { maxConcurrentPerDocument: number; maxQueued: number }) {
  const client = webhookClient(config)
  const log: unknown[] = []
  const notices = createNotices({
    send: client.send,
    config: { ...limits, ...config },
    log: { warn: (fields: unknown) => void log.push(fields) },
  })
  return { ...notices, log, client }
}

test('a quarter of what a document may ask at one time is for notices; some wait, the rest is in the log', async () => {
  const server = await web(() => undefined)
  const { send, settle, log, client } = noticesOf({ maxConcurrentPerDocument: 8, maxQueued: 3 })
  const sent = Array.from({ length: 10 }, () => send(notice(server.url)))
  await until('two have come', () => server.requests.length === 2 || undefined)
  expect(log).toHaveLength(5)
  expect(log[0]).toMatchObject({ document: 'acme', reason: 'too many notices at one time' })
  // A question of the same document finds its place.
  const answering = await web(says('status=ACK'))
  expect(await send(webhookRequest(answering.url))).toMatchObject({ status: 'ACK' })
  // And so does the notice of another.
  expect(await send(notice(answering.url, 'other'))).toMatchObject({ status: 'ACK' })
  const before = performance.now()
  await settle(50)
  expect(performance.now() - before).toBeLessThan(2000)
  await client.close()
  await Promise.all(sent)
})

test('any 2xx is an answer, and a stop waits for what is on its way', async () => {
  const server = await web((_, response) => void setTimeout(() => response.writeHead(204).end(), 50))
  const { send, settle } = noticesOf({ maxConcurrentPerDocument: 8, maxQueued: 3 })
  const sent = send(notice(server.url))
  await settle(5000)
  expect(server.requests).toHaveLength(1)
  expect(await sent).toMatchObject({ status: 'ACK', http: 204 })
})

test('what fails is in the log, and opens the circuit as any request does', async () => {
  const server = await web((_, response) => void response.writeHead(500).end())
  const { send, client } = noticesOf({ maxConcurrentPerDocument: 64, maxQueued: 3 })
  for (let i = 0; i < 11; i++) await send(notice(server.url))
  expect(server.requests).toHaveLength(10)
  expect(client.log).toContainEqual(
    expect.objectContaining({
      message: 'webhook failed',
      fields: expect.objectContaining({ http: 500 }) as object,
    }),
  )
})
