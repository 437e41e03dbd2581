/** What the configuration says about plans holds at the start, at a reload and in calls. */
import { createServer } from 'node:http'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { Controllers, oneBridge, writePlan } from './controller.ts'

const controllers = new Controllers()
afterEach(() => controllers.end())

const asking = (webhook: object) => ({
  acme: {
    webhooks: { crm: { urlTemplate: 'https://crm.example/', ...webhook } },
    plans: { main: { numbers: ['1'], steps: [{ type: 'webhook', webhook: 'crm' }] } },
  },
})

/** An HTTP server on loopback that keeps the `X-Key` of each request. */
async function crm() {
  const keys: unknown[] = []
  const server = createServer((request, response) => {
    keys.push(request.headers['x-key'])
    response.end('status=ACK')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return { keys, urlTemplate: `http://127.0.0.1:${(server.address() as { port: number }).port}/` }
}

describe('configuration webhooks', () => {
  test('configuration a plan that asks for more than maxTimeoutSeconds is an error', async () => {
    const folder = await controllers.folder(asking({ timeoutSeconds: 5 }))
    await expect(controllers.start(folder, { webhooks: { maxTimeoutSeconds: 4 } })).rejects.toMatchObject({
      code: 'plans',
      details: [expect.stringContaining('/webhooks/crm/timeoutSeconds') as string],
    })
  })

  test('configuration a document gets the environment names that it was granted, and no others', async () => {
    const { keys, urlTemplate } = await crm()
    const folder = await controllers.folder(asking({ urlTemplate, headers: { 'X-Key': 'env:ACME_KEY' } }))
    const grant = (...documents: string[]) => ({
      webhooks: {
        allowPrivateNetworks: ['127.0.0.0/8'],
        env: Object.fromEntries(documents.map((name) => [name, ['ACME_KEY']])),
      },
    })
    const env = { ACME_KEY: 'k-1' }
    await expect(controllers.start(folder, grant('other'), undefined, env)).rejects.toMatchObject({
      details: [expect.stringContaining('ACME_KEY is not granted to this document') as string],
    })
    await expect(controllers.start(folder, grant('acme'), undefined, {})).rejects.toMatchObject({
      details: [expect.stringContaining('ACME_KEY is not set') as string],
    })
    const { esl } = await controllers.start(folder, grant('acme'), undefined, env)
    await placeCall(esl, { did: '1' })
    expect(keys).toEqual(['k-1'])
  })

  test('configuration a stale revision gets nothing that was taken from it since', async () => {
    const { keys, urlTemplate } = await crm()
    const folder = await controllers.folder(asking({ urlTemplate, headers: { 'X-Key': 'env:ACME_KEY' } }))
    const allowPrivateNetworks = ['127.0.0.0/8']
    const env = { ACME_KEY: 'k-1' }
    const granted = { webhooks: { allowPrivateNetworks, env: { acme: ['ACME_KEY'] } } }
    await (await controllers.start(folder, granted, undefined, env)).app.stop()
    const taken = { webhooks: { allowPrivateNetworks, env: { acme: ['OTHER_KEY'] } } }
    const later = await controllers.start(folder, taken, undefined, env)
    expect((await later.api('/readyz'))[1]).toMatchObject({ plans: { state: 'stale' } })
    await placeCall(later.esl, { did: '1' })
    expect(keys).toEqual([])
    await vi.waitFor(async () => expect(await later.records()).toHaveLength(1))
    expect((await later.records())[0]?.steps).toMatchObject([{ outcome: 'ERR' }])
  })
})

test('configuration invalidDocuments keepPrevious: one document’s error keeps that document back alone', async () => {
  const number = (last: string) => `+3150210000${last}`
  const folder = await controllers.folder({ a: oneBridge(number('1')), b: oneBridge(number('2')) })
  const owners = { '*': { numbers: ['*'], domains: ['acme.example'] } }
  const { api } = await controllers.start(folder, { invalidDocuments: 'keepPrevious', owners })
  await writePlan(folder, 'a', '{ "plans": {} }')
  await writePlan(folder, 'b', oneBridge(number('3')))
  const [status, result] = await api('/plans/reload', { method: 'POST' })
  expect([status, result]).toMatchObject([
    200,
    { changed: true, documents: 2, warnings: [{ document: 'a' }], heldBack: ['a'] },
  ])
  const find = async (did: string) => (await api(`/plans/explain?did=${encodeURIComponent(did)}`))[1]
  expect(await find(number('1'))).toMatchObject({ match: { document: 'a' } })
  expect(await find(number('3'))).toMatchObject({ match: { document: 'b' } })
  expect((await api('/readyz'))[1]).toMatchObject({ ready: true, plans: { state: 'current' } })
})
