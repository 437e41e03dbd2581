/** What the log says of webhooks that fail. */
import { expect, test } from 'vitest'
import { asker, closedPort, question, says, web } from './support.ts'

const told = { document: 'acme', webhook: 'crm', call: question('').callId }

test('operations: a failing webhook is a warning that names document, webhook and reason, and no values', async () => {
  const { ask, log } = asker()
  await ask(
    question(
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

test('operations: an ERR in the words of the server is told, an ACK and a NAK are not', async () => {
  const server = await web(says('status=ERR'))
  const { ask, log } = asker()
  await ask(question(server.url))
  expect(log).toMatchObject([{ fields: { ...told, reason: 'the server says ERR', http: 200 } }])
  for (const status of ['ACK', 'NAK']) await ask(question((await web(says(`status=${status}`))).url))
  expect(log).toHaveLength(1)
})

test('operations: a caller who left is no failure, and a missed call is told by whoever tries it again', async () => {
  const { ask, log } = asker()
  const url = `http://127.0.0.1:${await closedPort()}/`
  await ask(question(url, {}, { signal: AbortSignal.abort() }))
  await ask(question(url, {}, { kind: 'missed' }))
  expect(log).toEqual([])
})
