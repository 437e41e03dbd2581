import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { createApi } from '../../src/api/server.ts'
import { apiTokens } from '../../src/config/tokens.ts'
import { createControllers } from '../harness/controller.ts'
import { placeCall } from '../../src/simulator/place-call.ts'
import { says, web } from '../webhook/servers.ts'
import { fakeOptions } from './fake-options.ts'

const servers: FastifyInstance[] = []
const controllers = createControllers()
afterEach(async () => {
  while (servers.length > 0) await servers.pop()!.close()
  await controllers.end()
})

type Circuit = 'closed' | 'open' | 'probing'

const origin = (document: string, circuit: Circuit = 'closed', timeout = 0) => ({
  ...{ document, origin: 'https://crm.example', circuit, inFlight: 1, queued: 0, requests: 9 },
  ...{ failures: timeout > 0 ? { timeout } : {}, instead: { fallback: 0, stale: 1, failed: 0 } },
  ...{ p50Ms: 20, p95Ms: 80, lastError: { at: '2026-11-26T00:00:00.000Z', error: 'HTTP 503' } },
})

const all = [origin('a'), origin('b', 'closed', 7), origin('c', 'open'), origin('d', 'probing', 2)]

async function ask(url: string, client = 'read-all') {
  const tokens = apiTokens({
    tokens: {
      'read-all': { token: 'token-of-read-all', right: 'read' },
      'read-a': { token: 'token-of-read-a', right: 'read', documents: ['a'] },
    },
  })
  const webhooks = (isOf: (document: string) => boolean) => all.filter(({ document }) => isOf(document))
  const server = await createApi({ ...fakeOptions(), tokens, webhooks })
  servers.push(server)
  const headers = { authorization: `Bearer token-of-${client}` }
  const response = await server.inject({ url, headers })
  const { webhooks: shown = [], ...rest } = response.json<{ webhooks?: { document: string }[] }>()
  return { status: response.statusCode, shown, documents: shown.map(({ document }) => document), rest }
}

test('api GET /webhooks: those in trouble first, with all that is known of them', async () => {
  const { shown, documents, rest } = await ask('/webhooks')
  expect(documents).toEqual(['d', 'c', 'b', 'a'])
  expect(shown[2]).toEqual(all[1])
  expect(rest).toEqual({ minutes: 5, more: false })
})

test('api GET /webhooks: one document, and no more than asked for', async () => {
  expect((await ask('/webhooks?document=b')).documents).toEqual(['b'])
  expect(await ask('/webhooks?most=2')).toMatchObject({ documents: ['d', 'c'], rest: { more: true } })
  expect((await ask('/webhooks?most=0')).status).toBe(400)
})

test('api GET /webhooks: a token for some documents sees its own', async () => {
  expect((await ask('/webhooks', 'read-a')).documents).toEqual(['a'])
  expect((await ask('/webhooks?document=b', 'read-a')).documents).toEqual([])
})

test('api GET /webhooks of a controller whose calls ask a server', async () => {
  const crm = await web(says('no', 'text/plain', 503))
  const { esl, api } = await controllers.start({
    documents: {
      acme: {
        webhooks: { crm: { urlTemplate: `${crm.url}/q?key=s3cret&caller={callerid}` } },
        plans: { main: { numbers: ['+31502100000'], steps: [{ type: 'webhook', webhook: 'crm' }] } },
      },
    },
    config: { webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] } },
  })
  await placeCall(esl, { did: '0502100000' })
  const [status, body] = await api('/webhooks')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    webhooks: [
      {
        ...{ document: 'acme', origin: crm.url, circuit: 'closed', inFlight: 0, queued: 0, requests: 1 },
        ...{ failures: { server: 1 }, instead: { fallback: 0, stale: 0, failed: 1 } },
        lastError: { error: 'HTTP 503' },
      },
    ],
  })
  expect(JSON.stringify(body)).not.toContain('s3cret')
})
