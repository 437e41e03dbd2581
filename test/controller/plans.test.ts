/** What the configuration says about plans holds at the start, at a reload and in calls. */
import { createServer } from 'node:http'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { createControllers, oneBridge } from '../harness/controller.ts'

const controllers = createControllers()
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
    const documents = asking({ timeoutSeconds: 5 })
    const config = { webhooks: { maxTimeoutSeconds: 4 } }
    await expect(controllers.start({ documents, config })).rejects.toMatchObject({
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
    await expect(controllers.start({ folder, config: grant('other'), env })).rejects.toMatchObject({
      details: [expect.stringContaining('ACME_KEY is not granted to this document') as string],
    })
    await expect(controllers.start({ folder, config: grant('acme'), env: {} })).rejects.toMatchObject({
      details: [expect.stringContaining('ACME_KEY is not set') as string],
    })
    const { esl } = await controllers.start({ folder, config: grant('acme'), env })
    await placeCall(esl, { did: '1' })
    expect(keys).toEqual(['k-1'])
  })

  test('configuration a stale revision gets nothing that was taken from it since', async () => {
    const { keys, urlTemplate } = await crm()
    const documents = asking({ urlTemplate, headers: { 'X-Key': 'env:ACME_KEY' } })
    const allowPrivateNetworks = ['127.0.0.0/8']
    const env = { ACME_KEY: 'k-1' }
    const granted = { webhooks: { allowPrivateNetworks, env: { acme: ['ACME_KEY'] } } }
    const { folder, stop } = await controllers.start({ documents, config: granted, env })
    await stop()
    const taken = { webhooks: { allowPrivateNetworks, env: { acme: ['OTHER_KEY'] } } }
    const later = await controllers.start({ folder, config: taken, env })
    expect((await later.api('/readyz'))[1]).toMatchObject({ plans: { state: 'stale' } })
    await placeCall(later.esl, { did: '1' })
    expect(keys).toEqual([])
    await vi.waitFor(async () => expect(await later.records()).toHaveLength(1))
    expect((await later.records())[0]?.steps).toMatchObject([{ outcome: 'ERR' }])
  })
})

test('configuration invalidDocuments keepPrevious: one document’s error keeps that document back alone', async () => {
  const number = (last: string) => `+3150210000${last}`
  const owners = { '*': { numbers: ['*'], domains: ['acme.example'] } }
  const { api, put } = await controllers.start({
    documents: { a: oneBridge(number('1')), b: oneBridge(number('2')) },
    config: { invalidDocuments: 'keepPrevious', owners },
  })
  await put('a', '{ "plans": {} }')
  await put('b', oneBridge(number('3')))
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
