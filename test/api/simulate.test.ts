import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { type ApiOptions, createApi } from '../../src/api/server.ts'
import { loadDraft, PlanSetError, planSetOf } from '../../src/plan/index.ts'
import { createTrials } from '../../src/trial/index.ts'
import { apiTokens } from '../../src/config/tokens.ts'
import { until } from '../harness/until.ts'
import { did, operator, setOf } from '../trial/trying.ts'
import { fakeOptions } from './fake-options.ts'

const servers: FastifyInstance[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

const crm = { urlTemplate: 'https://crm.example/{callerid}' }
const acme = {
  webhooks: { crm },
  plans: {
    main: {
      numbers: [did],
      steps: [
        { type: 'webhook', webhook: 'crm' },
        { type: 'bridge', destination: '215' },
      ],
    },
  },
}
const tokens = apiTokens({
  tokens: {
    reader: { token: 'reader-reader-reader', right: 'read' },
    publisher: { token: 'publisher-publisher', right: 'publish' },
    north: { token: 'north-north-north-north', right: 'publish', documents: ['north/*'] },
    acme: { token: 'acme-acme-acme-acme', right: 'publish', documents: ['acme'] },
  },
})

async function post(body: unknown, token = 'reader-reader-reader') {
  const { server, asked, revision } = await api()
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await server.inject({ method: 'POST', url: '/simulate', headers, payload })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), asked, revision }
}

/** `answersAfterMs`: of the servers that are asked. */
async function api(answersAfterMs = 0, more: Partial<ApiOptions['plans']> = {}) {
  const set = await setOf(acme)
  const asked: string[] = []
  const transport = {
    async send(request: { url: URL }, _: unknown, signal: AbortSignal) {
      asked.push(request.url.href)
      await delay(answersAfterMs, undefined, { signal }).catch(() => asked.push('given up'))
      const body = Buffer.from('status=ACK')
      return { kind: 'response', http: 200, contentType: '', location: undefined, body } as const
    },
    close: () => Promise.resolve(),
  }
  const server = await createApi(
    fakeOptions({
      tokens,
      plans: {
        ...fakeOptions().plans,
        current: () => set,
        toTry: (revision) => Promise.resolve(revision === set.revision ? set : undefined),
        async draft(bytes, name = 'document') {
          const loaded = await loadDraft(name, `${name}.json`, bytes)
          if (loaded.errors.length > 0) throw new PlanSetError(name, loaded.errors)
          return planSetOf(loaded, 'NL')
        },
        ...more,
      },
      trials: createTrials({ ...operator, version: '1', ask: { transport, env: () => undefined } }),
    }),
  )
  servers.push(server)
  return { server, asked, revision: set.revision }
}

const call = { did, at: '2026-12-24T18:00' }
const given = { webhooks: { crm: { status: 'ACK' } }, destinations: { '215': 'answered' } }

describe('POST /simulate', () => {
  test('tries a call against the set in use', async () => {
    const { status, body, asked } = await post({ call, given })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...{ document: 'acme', plan: 'main', ending: 'talked', at: '2026-12-24T18:00:00.000Z' },
      steps: [
        { step: 'main/0', outcome: 'ACK' },
        { step: 'main/1', outcome: 'answered' },
      ],
      rings: [{ answeredBy: '215', shown: [{ destination: '215', number: '+31612345678' }] }],
      hears: [{ sound: 'ringing' }, { sound: 'talk' }],
    })
    expect(asked).toEqual([])
  })

  test('names that the document does not have are refused, and destinations that never rang are told', async () => {
    const other = { webhooks: { crmm: 'ACK' }, destinations: { '2155': 'busy' } }
    expect(await post({ call, given: other })).toMatchObject({
      status: 400,
      body: {
        error: {
          details: [
            {
              pointer: '/given/webhooks/crmm',
              message: 'the document has no webhook "crmm"; did you mean "crm"?',
            },
          ],
        },
      },
    })
    const { body } = await post({ call, given: { ...given, destinations: { '2155': 'busy' } } })
    expect(body['unused']).toEqual(['2155 is never called'])
  })

  test('against a revision, and one that is not there', async () => {
    const { revision } = await post({ call })
    expect(await post({ call, revision })).toMatchObject({ status: 200, body: { revision } })
    expect(await post({ call, revision: '0123456789ab' })).toMatchObject({ status: 404 })
  })

  test('a revision and a draft are read as one of the few things at a time; the set in use is there', async () => {
    const reading = Promise.withResolvers<never>()
    const { server, revision } = await api(0, { validate: () => reading.promise })
    const headers = { authorization: 'Bearer publisher-publisher', 'content-type': 'application/json' }
    const ask = (url: string, payload: string) => server.inject({ method: 'POST', url, headers, payload })
    const simulate = async (more: object) =>
      (await ask('/simulate', JSON.stringify({ call, given, ...more }))).statusCode
    const four = Promise.all(Array.from({ length: 4 }, () => ask('/plans/validate', '{}')))
    await until('all are taken', async () =>
      (await simulate({ draft: { document: acme } })) === 429 ? true : undefined,
    )
    expect(await simulate({ revision: '0123456789ab' })).toBe(429)
    expect(await simulate({})).toBe(200)
    expect(await simulate({ revision })).toBe(200)
    reading.reject(new PlanSetError('plans', []))
    await four
    expect(await simulate({ draft: { document: acme } })).toBe(200)
  })

  test('against a draft, and one that does not validate', async () => {
    const document = { plans: { main: { numbers: ['+31502100001'], steps: [{ type: 'hangup' }] } } }
    const draft = { name: 'free', document }
    const tried = await post({ call: { did: '+31502100001' }, draft })
    expect(tried).toMatchObject({ status: 200, body: { document: 'free', ending: 'hungUpByPlan' } })
    const wrong = await post({ call, draft: { document: { plans: {} } } })
    expect(wrong).toMatchObject({
      status: 422,
      body: { error: { code: 'invalid', details: [{ pointer: '/plans' }] } },
    })
  })

  test('servers are asked for whoever may publish, and for nobody else', async () => {
    const ask = { call, given: { ...given, webhooks: { crm: 'ask' } } }
    const refused = await post(ask)
    expect(refused).toMatchObject({ status: 403, asked: [] })
    const asked = await post(ask, 'publisher-publisher')
    expect(asked).toMatchObject({ status: 200, asked: ['https://crm.example/%2B31612345678'] })
  })

  test('a number of a document that the token does not hold for leads nowhere', async () => {
    const [other, none] = await Promise.all([
      post({ call, given }, 'north-north-north-north'),
      post({ call: { ...call, did: '+31502109999' }, given }, 'north-north-north-north'),
    ])
    expect(other.body).toMatchObject({ ending: 'noPlan', steps: [] })
    const told = (body: object) => JSON.stringify(body).replaceAll(/\+3150210\d{4}/g, 'N')
    expect(told(other.body)).toBe(told(none.body))
    expect((await post({ call, given }, 'acme-acme-acme-acme')).body).toMatchObject({ document: 'acme' })
    const draft = { name: 'acme', document: { plans: { m: { steps: [] } } } }
    expect(await post({ call, draft }, 'north-north-north-north')).toMatchObject({ status: 403 })
    // What is granted to documents of any name would be its own.
    const unnamed = { document: draft.document }
    expect(await post({ call, draft: unnamed }, 'north-north-north-north')).toMatchObject({ status: 403 })
    expect(await post({ call, draft: unnamed })).toMatchObject({ status: 200 })
  })

  test('over HTTP: whoever waits for a slow server gets its answer, and whoever goes away frees it', async () => {
    const { server, asked } = await api(300)
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    const ask = (signal?: AbortSignal) =>
      fetch(`${url}/simulate`, {
        ...{ method: 'POST', signal: signal ?? null },
        headers: { authorization: 'Bearer publisher-publisher', 'content-type': 'application/json' },
        body: JSON.stringify({ call, given: { ...given, webhooks: { crm: 'ask' } } }),
      })
    expect(await (await ask()).json()).toMatchObject({ ending: 'talked', steps: [{ outcome: 'ACK' }, {}] })
    const gone = ask(AbortSignal.timeout(100))
    await expect(gone).rejects.toThrow()
    await until('the request is given up', () => (asked.includes('given up') ? true : undefined))
  })

  test.each([
    ['', 'not as it must be'],
    ['{', 'not as it must be'],
    [{}, 'cannot be tried'],
    [{ call: { did: '' } }, 'cannot be tried'],
    [{ call, extra: 1 }, 'cannot be tried'],
    [{ call, given: { destinations: { '215': 'asleep' } } }, 'cannot be tried'],
    [{ call, revision: 'x' }, '12 hex digits'],
    [{ call, revision: '0123456789ab', draft: { document: {} } }, 'not both'],
    [{ call, draft: 1 }, '`draft` must be'],
    [{ call, draft: { document: {}, more: 1 } }, '`draft` must be'],
    [{ call, draft: { name: '../x', document: {} } }, 'no name of a document'],
  ])('%j is malformed: 400', async (body, message) => {
    const answer = await post(body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'malformed' } } })
    expect(JSON.stringify(answer.body)).toContain(JSON.stringify(message).slice(1, -1))
  })
})
