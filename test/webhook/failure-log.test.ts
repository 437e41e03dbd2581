/** The log line of a webhook request that failed. */
import { expect, test } from 'vitest'
import { webhookClient, webhookRequest } from './clients.ts'
import { closedPort, says, web } from './servers.ts'

const told = { document: 'acme', webhook: 'crm', call: webhookRequest('').callId }

test('operations a failing webhook is a warning that names document, webhook and reason, and no values', async () => {
  const { send, log } = webhookClient()
  await send(
    webhookRequest(
      `http://127.0.0.1:${await closedPort()}/?from={callerid}&code={code}`,
      {},
      { values: { code: '4711' } },
    ),
  )
  expect(log).toEqual([
    {
      level: 'warn',
      message: 'webhook failed',
      fields: { ...told, reason: 'connection refused', source: 'none' },
    },
  ])
})

test('operations an ERR that the server sent is logged, an ACK and a NAK are not', async () => {
  const server = await web(says('status=ERR'))
  const { send, log } = webhookClient()
  await send(webhookRequest(server.url))
  expect(log).toMatchObject([{ fields: { ...told, reason: 'the server says ERR', http: 200 } }])
  for (const status of ['ACK', 'NAK']) await send(webhookRequest((await web(says(`status=${status}`))).url))
  expect(log).toHaveLength(1)
})

test('operations a caller who hung up is no failure, and that of a missed call is logged by the notifier', async () => {
  const { send, log } = webhookClient()
  const url = `http://127.0.0.1:${await closedPort()}/`
  await send(webhookRequest(url, {}, { signal: AbortSignal.abort() }))
  await send(webhookRequest(url, {}, { kind: 'missed' }))
  expect(log).toEqual([])
})
