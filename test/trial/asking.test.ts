/** Trials that really ask: by a server that is late, one that says nothing, and one that fails. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createTrials, type TrialReport } from '../../src/trial/index.ts'
import { createHttpTransport } from '../../src/webhook/index.ts'
import { did, operator, script, setOf } from './trying.ts'

interface Asked {
  readonly timeoutSeconds?: number
  readonly signal?: AbortSignal
  readonly given?: object
  readonly times?: number
}

/** One trial after the other, whose webhook asks the server. */
async function askServer(
  answer: RequestListener,
  { timeoutSeconds = 1, signal, given, times = 1 }: Asked = {},
) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const config = { ...operator.config.webhooks, allowPrivateNetworks: ['127.0.0.0/8'] }
  const transport = createHttpTransport({ config, privateNetworks: () => [] })
  onTestFinished(async () => {
    await transport.close()
    server.closeAllConnections()
    server.close()
  })
  const urlTemplate = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const set = await setOf({
    webhooks: { crm: { urlTemplate, timeoutSeconds } },
    plans: { main: { numbers: [did], steps: [{ type: 'webhook', webhook: 'crm' }] } },
  })
  const trials = createTrials({ ...operator, version: '1.2.3', ask: { transport, env: () => undefined } })
  const reports: TrialReport[] = []
  for (let i = 0; i < times; i++)
    reports.push(await trials.run(script({}, { webhooks: { crm: 'ask' }, ...given }), set, signal))
  return reports
}

test('an answer that comes late counts as it does for a call', async () => {
  const [report] = await askServer((_, response) => void setTimeout(() => response.end('status=ACK'), 900), {
    timeoutSeconds: 0.3,
  })
  expect(report!.steps[0]).toMatchObject({ outcome: 'ERR', error: 'timeout: no answer' })
  expect(report!.waitMs).toBeGreaterThan(280)
  expect(report!.waitMs).toBeLessThan(850)
})

test('a server that says nothing is given up, and costs no CPU meanwhile', async () => {
  const before = process.cpuUsage()
  const [report] = await askServer(() => undefined, { timeoutSeconds: 2 })
  const { user, system } = process.cpuUsage(before)
  expect(report!.steps[0]).toMatchObject({ outcome: 'ERR', error: 'timeout: no answer' })
  // It spun for all of the two seconds.
  expect((user + system) / 1000).toBeLessThan(1000)
}, 20_000)

test('the caller hangs up in the middle of a request, and the trial can be given up', async () => {
  const [hungUp] = await askServer(() => undefined, {
    ...{ timeoutSeconds: 10, given: { hangsUpAfterSeconds: 0.2 } },
  })
  expect(hungUp).toMatchObject({ ending: 'callerHungUp' })
  const giveUp = new AbortController()
  void delay(200).then(() => giveUp.abort())
  const began = performance.now()
  const [givenUp] = await askServer(() => undefined, { timeoutSeconds: 10, signal: giveUp.signal })
  expect(givenUp).toMatchObject({ ending: 'callerHungUp' })
  expect(performance.now() - began).toBeLessThan(5000)
}, 20_000)

test('a server that fails again and again is spared, over trials', async () => {
  let asked = 0
  const reports = await askServer(
    (_, response) => {
      asked++
      response.writeHead(500).end()
    },
    { times: 14 },
  )
  expect(asked).toBe(10)
  expect(reports.at(-1)!.steps[0]).toMatchObject({ error: expect.stringContaining('circuit open') as string })
})
