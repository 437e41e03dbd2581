import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { parse } from 'csv-parse/sync'
import { fastify, type FastifyInstance, type InjectOptions } from 'fastify'
import { pino } from 'pino'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { limitConnections } from '../../src/api/connection-limit.ts'
import { createApi, type ApiOptions } from '../../src/api/server.ts'
import type { CallLine } from '../../src/records/call-line.ts'
import { type CallQuery, firstCalls } from '../../src/history/call-query.ts'
import { BelplanError } from '../../src/util/errors.ts'
import { PlanSetError } from '../../src/plan/loading/plan-set-error.ts'
import { planSchema } from '../../src/plan/schema.ts'
import { id, record } from '../records/records.ts'
import { bearer, ended, fakeOptions, live, ready, tokens } from './fake-options.ts'

const servers: FastifyInstance[] = []
afterEach(async () => {
  while (servers.length > 0) await servers.pop()!.close()
})

async function api(parts: Partial<ApiOptions> = {}): Promise<FastifyInstance> {
  const server = await createApi(fakeOptions(parts))
  servers.push(server)
  return server
}

/** One request; the status and the body. */
async function ask(parts: Partial<ApiOptions>, request: InjectOptions | string): Promise<[number, unknown]> {
  const response = await (await api(parts)).inject(request)
  return [
    response.statusCode,
    response.headers['content-type']?.includes('json') ? response.json() : response.body,
  ]
}

async function listening(server: FastifyInstance): Promise<number> {
  await server.listen({ host: '127.0.0.1', port: 0 })
  return (server.server.address() as AddressInfo).port
}

/** Writes bytes to a server and reads until it closes: head and body. */
async function exchange(port: number, bytes: string): Promise<[string, string]> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.write(bytes)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return [head, body]
}

const finding = {
  document: 'acme',
  file: 'acme.json',
  line: 3,
  column: 5,
  pointer: '/plans',
  message: 'is empty',
}

describe('api health', () => {
  test('/healthz', async () => expect(await ask({}, '/healthz')).toEqual([200, { status: 'ok' }]))

  test('/readyz names each part and its state', async () => {
    expect(await ask({}, '/readyz')).toEqual([200, ready])
    expect(await ask({ readiness: () => ({ ...ready, ready: false, draining: true }) }, '/readyz')).toEqual([
      503,
      { ...ready, ready: false, draining: true },
    ])
  })

  test('/metrics is for Prometheus', async () => {
    const [status, body] = await ask({}, '/metrics')
    expect(status).toBe(200)
    expect(body).toContain('belplan_build_info{version="1.2.3"} 1')
    expect(body).toContain('belplan_calls_held 1')
    expect(body).toContain('belplan_journal_records_total 3')
    expect(body).toContain('nodejs_eventloop_lag_seconds')
  })
})

/** `live` as lists have it. */
const { steps: _, ...held } = live

describe('api calls', () => {
  test('/calls are those held now and those that have ended, the newest first', async () => {
    expect(await ask({}, '/calls')).toEqual([200, { calls: [held, ...ended] }])
    expect(await ask({}, '/calls?state=live')).toEqual([200, { calls: [held] }])
    expect(await ask({}, '/calls?state=ended')).toEqual([200, { calls: ended }])
  })

  test('/calls page by page: `next` leads on, and the last page has none', async () => {
    const found: unknown[] = []
    let cursor: string | undefined
    for (let page = 0; page < 4; page++) {
      const [, body] = await ask({}, `/calls?limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`)
      const { calls, next } = body as { calls: unknown[]; next?: string }
      found.push(...calls)
      cursor = next
    }
    expect(found).toEqual([held, ...ended])
    expect(cursor).toBeUndefined()
  })

  test.each<[string, number[]]>([
    ['number=%2B31502100000', [1, 10, 9, 8]],
    ['number=+31502100000', [1, 10, 9, 8]],
    ['number=050-2100000&ending=talked', [10]],
    ['number=0502*&caller=%2B316*', [1, 10, 9, 8]],
    ['number=050210000', []],
    ['caller=', []],
    ['plan=acme', [1, 10]],
    ['plan=acme/main&state=ended', [10]],
    ['plan=acme/night', []],
    ['plan=north/a', [9]],
    ['plan=north/a/main', [9]],
    ['ending=noPlan', [8]],
    ['ending=missed', [9, 8]],
    ['since=2026-11-22T15:35:00Z', [1, 10]],
    ['since=2026-11-22T16:35:00+01:00', [1, 10]],
    ['until=2026-11-22T15:35:00Z', [9, 8]],
    ['since=2026-11-22&until=2026-11-23', [1, 10, 9, 8]],
    ['until=2026-11-22', []],
  ])('/calls?%s', async (query, expected) => {
    const [status, body] = await ask({}, `/calls?${query}`)
    expect(status).toBe(200)
    expect((body as { calls: CallLine[] }).calls.map((call) => call.id)).toEqual(expected.map(id))
  })

  test.each([
    ...[
      'state=gone',
      'ending=gone',
      'limit=0',
      'limit=1001',
      'since=yesterday',
      'until=2026-02-31',
      'since=1',
    ],
    ...['cursor=!', 'cursor=', 'number=1&number=2'],
  ])('/calls?%s is malformed', async (query) => expect((await ask({}, `/calls?${query}`))[0]).toBe(400))

  test('/calls says where calls may be missing, and where the index cannot be read', async () => {
    const partly = { list: () => Promise.resolve({ calls: [], missing: ['older' as const] }) }
    expect(await ask({ history: partly }, '/calls?state=ended')).toEqual([
      200,
      { calls: [], incomplete: true, missing: ['older'] },
    ])
    const broken = { list: () => Promise.reject(new Error('the index of calls cannot be read: a disk')) }
    const message = 'the index of calls cannot be read: a disk'
    for (const headers of [{}, { accept: 'text/csv' }])
      expect(await ask({ history: broken }, { url: '/calls', headers })).toEqual([
        503,
        { error: { code: 'notReady', message } },
      ])
    expect(await ask({ history: broken }, '/calls?state=live')).toEqual([200, { calls: [held] }])
  })

  test('/calls a call that ends while it is asked for is shown once, as ended', async () => {
    const [first] = ended
    const calls = { live: () => [{ ...live, id: first!.id, at: first!.at }], find: () => undefined }
    expect(await ask({ calls }, '/calls')).toEqual([200, { calls: ended }])
  })

  test('/calls as CSV is a table of all pages, at most as many as are asked for', async () => {
    const many = Array.from({ length: 2500 }, (_, n): CallLine => ({ ...ended[0]!, id: id(5000 - n) }))
    const history = {
      list: ({ after, most }: CallQuery) =>
        Promise.resolve({ calls: firstCalls(many, { ...(after && { after }), most }), missing: [] }),
    }
    const table = async (query: string, parts: Partial<ApiOptions> = {}) => {
      const response = await (
        await api(parts)
      ).inject({ url: `/calls?${query}`, headers: { accept: 'text/csv' } })
      expect(response.headers).toMatchObject({
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="calls.csv"',
      })
      expect(response.body).toMatch(/^\ufeffid,/)
      return response.body.slice(1).trimEnd().split('\r\n')
    }
    expect(await table('plan=acme')).toEqual([
      'id,state,at,did,caller,name,document,plan,revision,step,ending,cause,ringMs,talkMs,answered',
      `${id(1)},live,2026-11-22T15:38:11.887Z,+31502100000,+31612345678,Müller,acme,main,5f0c3a9be214,main/0,,,,,`,
      `${id(10)},ended,2026-11-22T15:35:00.000Z,+31502100000,+31612345678,Müller,acme,main,,,talked,,,,`,
    ])
    expect(await table('state=ended', { history })).toHaveLength(2501)
    expect(await table('state=ended&limit=1000', { history })).toHaveLength(1001)
    expect(await table('ending=lost')).toHaveLength(1)
  })

  test('/calls as CSV breaks off where calls go missing after its beginning', async () => {
    const many = Array.from({ length: 1500 }, (_, n): CallLine => ({ ...ended[0]!, id: id(5000 - n) }))
    const history = {
      list: ({ after, most }: CallQuery) =>
        Promise.resolve({
          calls: firstCalls(many, { ...(after && { after }), most }),
          missing: after ? ['otherMachines' as const] : [],
        }),
    }
    const table = (await api({ history })).inject({
      url: '/calls?state=ended',
      headers: { accept: 'text/csv' },
    })
    await expect(table).rejects.toThrow('response destroyed before completion')
  })

  test('/calls as CSV opens harmlessly, whoever called: no cell is a formula, by comma or by semicolon', async () => {
    const hostile = [
      ...['=cmd()', '+cmd', '-1+2', '@SUM(1)', '\t=1', '\r=1', ' =1', '"=1', "'=1", '\u202e=1', '\uff1d1'],
      ...['a;=cmd()', 'a\t=cmd()', 'a\n=cmd()', 'a";=cmd()', 'a,=cmd()', '\ttext', '+31612345678;=1'],
    ]
    const calls = hostile.map((name, n): CallLine => ({
      ...ended[0]!,
      id: id(50 - n),
      name,
      caller: '+31612345678',
    }))
    const history = { list: () => Promise.resolve({ calls, missing: [] }) }
    const { body } = await (
      await api({ history })
    ).inject({ url: '/calls?state=ended', headers: { accept: 'text/csv;q=1, */*' } })
    const rows = parse<Record<string, string>>(body, { bom: true, columns: true })
    expect(rows).toHaveLength(hostile.length)
    for (const [n, { name, caller }] of rows.entries()) {
      // What was said is still there.
      expect(name!.replaceAll("'", '')).toBe(hostile[n]!.replaceAll("'", ''))
      expect(caller).toBe('+31612345678')
    }
    const separated = rows.flatMap((row) => Object.values(row)).flatMap((cell) => cell.split(/[;\t\r\n]/))
    const raw = body.split(/[;\t\r\n]/)
    for (const cell of [...separated, ...raw])
      expect(cell).not.toMatch(/^[\s\p{Cf}"']*(?<!')[=@\uff1d-]|^[\s\p{Cf}"]*\+(?!\d+$)/u)
  })

  test('/calls/{id} is live or ended, with every step and what was asked and answered', async () => {
    expect(await ask({}, `/calls/${id(1)}`)).toEqual([200, live])
    // Two parties talk: nobody holds it any more, and it has not ended.
    expect(await ask({}, `/calls/${id(4)}`)).toEqual([200, { state: 'live', ...record(id(4)) }])
    expect(await ask({}, `/calls/${id(2)}`)).toEqual([200, { state: 'ended', ...record(id(2)) }])
    expect(await ask({}, `/calls/${id(3)}`)).toEqual([
      404,
      { error: { code: 'notFound', message: expect.any(String) as string } },
    ])
  })
})

describe('api plans', () => {
  test('/plans is the revision in use, since when, and its documents, plans and numbers', async () => {
    expect(await ask({}, '/plans')).toEqual([
      200,
      {
        revision: '5f0c3a9be214',
        since: '2026-11-22T15:00:00.000Z',
        state: 'current',
        documents: [
          {
            name: 'acme',
            domain: 'acme.example',
            description: 'ACME BV',
            plans: [
              { name: 'main', numbers: ['+31502100000'] },
              { name: 'night', description: 'At night', numbers: [] },
            ],
          },
        ],
      },
    ])
  })

  test('/plans with many documents is one JSON value', async () => {
    const parts = fakeOptions()
    const set = parts.plans.current()
    const documents = new Map(Array.from({ length: 3000 }, (_, n) => [`d${n}`, set.documents.get('acme')!]))
    const [, body] = await ask(
      { plans: { ...parts.plans, current: () => ({ ...set, documents }) } },
      '/plans',
    )
    expect((body as { documents: { name: string }[] }).documents.map(({ name }) => name)).toEqual([
      ...documents.keys(),
    ])
  })

  test('/plans/reload says what changed', async () => {
    expect(await ask({}, { method: 'POST', url: '/plans/reload' })).toEqual([
      200,
      {
        ...{ revision: 'b', previous: 'a', changed: true, documents: 1, plans: 2, numbers: 1 },
        ...{ warnings: [], heldBack: [] },
      },
    ])
  })

  test('/plans/reload of a set that does not validate is 422 with all errors', async () => {
    const plans = {
      ...fakeOptions().plans,
      reload: () => Promise.reject(new PlanSetError('plans', [finding, finding])),
    }
    expect(await ask({ plans }, { method: 'POST', url: '/plans/reload' })).toEqual([
      422,
      {
        error: {
          code: 'invalid',
          message: expect.stringContaining('2 errors') as string,
          details: [finding, finding],
        },
      },
    ])
  })

  test('/plans/reload of a set that cannot be read is 422', async () => {
    const plans = {
      ...fakeOptions().plans,
      reload: () => Promise.reject(new BelplanError('plans', 'cannot read plans')),
    }
    expect((await ask({ plans }, { method: 'POST', url: '/plans/reload' }))[0]).toBe(422)
  })

  const validating = (validate: ApiOptions['plans']['validate']) => ({
    plans: { ...fakeOptions().plans, validate },
  })
  const post = (url: string, payload = '{}'): InjectOptions => ({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'application/json' },
  })

  test.each([
    'application/json; charset=utf-8',
    'application/merge-patch+json',
    'text/plain',
    'application/x-www-form-urlencoded',
  ])('/plans/validate takes a document as %s: what it is, its bytes say', async (type) => {
    const parts = validating((bytes) =>
      Promise.resolve({ errors: [], warnings: [{ ...finding, message: Buffer.from(bytes).toString() }] }),
    )
    const request = { ...post('/plans/validate', '{"a": 1}'), headers: { 'content-type': type } }
    expect(await ask(parts, request)).toMatchObject([200, { warnings: [{ message: '{"a": 1}' }] }])
  })

  test('the error about another type says what to send', async () => {
    const request = { ...post('/plans/validate'), headers: { 'content-type': 'image/png' } }
    expect(await ask({}, request)).toMatchObject([
      400,
      { error: { message: expect.stringContaining('application/json') as string } },
    ])
  })

  test('/plans/validate passes the bytes as they are and answers with what is wrong', async () => {
    const asked: unknown[][] = []
    const parts = validating((bytes, name) => {
      asked.push([Buffer.from(bytes).toString(), name])
      return Promise.resolve({ errors: [finding], warnings: [] })
    })
    const payload = '{ "plans": {}, "__proto__": { "x": 1 } }'
    expect(await ask(parts, post('/plans/validate', payload))).toEqual([
      200,
      { errors: [finding], warnings: [] },
    ])
    await ask(parts, post('/plans/validate?name=north/acme', payload))
    expect(asked).toEqual([
      [payload, undefined],
      [payload, 'north/acme'],
    ])
  })

  test('/plans/validate checks four documents at a time', async () => {
    const done = Promise.withResolvers<{ errors: []; warnings: [] }>()
    const server = await api(validating(() => done.promise))
    const first = Promise.all([1, 2, 3, 4].map(() => server.inject(post('/plans/validate'))))
    expect((await server.inject(post('/plans/validate'))).statusCode).toBe(429)
    done.resolve({ errors: [], warnings: [] })
    expect((await first).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
    expect((await server.inject(post('/plans/validate'))).statusCode).toBe(200)
  })

  test('/plans/schema', async () => expect(await ask({}, '/plans/schema')).toEqual([200, planSchema]))

  test.each([
    ['/plans/explain?did=+31502100000', '+31502100000', undefined],
    ['/plans/explain?did=%2B31502100000', '+31502100000', undefined],
    ['/plans/explain?did=215&domain=acme.example', '215', 'acme.example'],
  ])('%s: a leading space reads as +', async (url, did, domain) => {
    expect(await ask({}, url)).toEqual([200, { forms: [did], ...(domain && { domain }), near: [] }])
  })
})

describe('api errors have one form', () => {
  const form = (code: string) => ({ error: { code, message: expect.any(String) as string } })

  test.each<[string, InjectOptions, number, string]>([
    ['no such route', { url: '/nothing' }, 404, 'notFound'],
    ['another method', { method: 'DELETE', url: '/plans' }, 404, 'notFound'],
    ['no number to explain', { url: '/plans/explain' }, 400, 'malformed'],
    ['a number too long', { url: `/plans/explain?did=${'1'.repeat(65)}` }, 400, 'malformed'],
    ['a bad escape', { url: '/calls/%' }, 400, 'malformed'],
    ['a name that leaves the folder', { method: 'POST', url: '/plans/validate?name=%20x', payload: '{}', headers: { 'content-type': 'application/json' } }, 400, 'malformed'],
    ['no document', { method: 'POST', url: '/plans/validate' }, 400, 'malformed'],
    ['another kind of body', { method: 'POST', url: '/plans/validate', payload: 'a=1', headers: { 'content-type': 'image/png' } }, 400, 'malformed'],
    ['a body past 1 MiB', { method: 'POST', url: '/plans/rollback', payload: ' '.repeat(1024 * 1024 + 1), headers: { 'content-type': 'application/json' } }, 413, 'tooLarge'],
  ])('%s', async (_, request, status, code) => {
    expect(await ask({}, request)).toEqual([status, form(code)])
  }) // prettier-ignore

  test.each<[string, number, string]>([
    ['/plans/validate', 4 * 1024 * 1024, '4 MiB'],
    ['/plans/rollback', 1024 * 1024, '1 MiB'],
    ['/simulate', 256 * 1024, '256 KiB'],
    [`/calls/${live.id}/replay`, 256 * 1024, '256 KiB'],
  ])('%s takes %d bytes, and says so of more', async (url, bytes, inUnits) => {
    const headers = { 'content-type': 'application/json' }
    const post = (length: number) =>
      ask({}, { method: 'POST', url, payload: ' '.repeat(length), headers }) as Promise<[number, object]>
    expect((await post(bytes))[0]).not.toBe(413)
    expect(await post(bytes + 1)).toEqual([
      413,
      { error: { code: 'tooLarge', message: `the body is larger than ${inUnits}` } },
    ])
  })

  test('a fault of ours is logged and not told', async () => {
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => void lines.push(line) })
    const plans = { ...fakeOptions().plans, reload: () => Promise.reject(new Error('secret detail')) }
    const [status, body] = await ask({ log, plans }, { method: 'POST', url: '/plans/reload' })
    expect([status, body]).toEqual([500, form('internal')])
    expect(JSON.stringify(body)).not.toContain('secret detail')
    expect(lines.join('')).toContain('secret detail')
  })

  test('what is no HTTP at all', async () => {
    const server = await api()
    const [answer, body] = await exchange(await listening(server), 'connect\n\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(body)).toEqual(form('malformed'))
  })
})

describe('api the token', () => {
  test.each(['/plans', '/calls', '/openapi.json', '/nothing', '/metrics'])('%s needs it', async (url) => {
    const server = await api({ tokens })
    for (const headers of [
      {},
      { authorization: 'Bearer hus' },
      { authorization: 'Basic hush' },
      { authorization: 'Bearer hush2' },
    ]) {
      const response = await server.inject({ url, headers })
      expect([response.statusCode, response.json()]).toEqual([
        401,
        { error: { code: 'unauthorized', message: expect.any(String) as string } },
      ])
      expect(response.headers['www-authenticate']).toBe('Bearer')
    }
    expect((await server.inject({ url, headers: bearer })).statusCode).toBe(url === '/nothing' ? 404 : 200)
  })

  test('/healthz and /readyz are open, and say no more than that to whoever does not have it', async () => {
    expect(await ask({ tokens }, '/healthz')).toEqual([200, { status: 'ok' }])
    expect(await ask({ tokens }, '/readyz')).toEqual([200, { ready: true, draining: false }])
    expect(await ask({ tokens }, { url: '/readyz', headers: bearer })).toEqual([200, ready])
    const readiness = () => ({ ...ready, ready: false, draining: true })
    expect(await ask({ tokens, readiness }, '/readyz')).toEqual([503, { ready: false, draining: true }])
  })

  test('wrong tokens from one address are limited, the right one is not, from there or elsewhere', async () => {
    const server = await api({ tokens })
    const wrong = () =>
      server.inject({ url: '/calls', headers: { authorization: 'Bearer x' }, remoteAddress: '192.0.2.1' })
    const statuses = new Set<number>()
    for (let n = 0; n < 30; n++) statuses.add((await wrong()).statusCode)
    expect([...statuses]).toEqual([401])
    const limited = await wrong()
    expect([limited.statusCode, limited.json()]).toEqual([
      429,
      { error: { code: 'tooMany', message: expect.any(String) as string } },
    ])
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0)
    for (const remoteAddress of ['192.0.2.1', '192.0.2.2'])
      expect((await server.inject({ url: '/calls', headers: bearer, remoteAddress })).statusCode).toBe(200)
    expect((await wrong()).statusCode).toBe(429)
  })

  test('right tokens are never limited', async () => {
    const server = await api({ tokens })
    for (let n = 0; n < 100; n++)
      expect((await server.inject({ url: '/healthz', headers: bearer })).statusCode).toBe(200)
    for (let n = 0; n < 100; n++)
      expect((await server.inject({ url: '/calls', headers: bearer })).statusCode).toBe(200)
  })
})

describe('api without a token', () => {
  const reload = (headers: Record<string, string>): InjectOptions => ({
    method: 'POST',
    url: '/plans/reload',
    headers,
  })

  test.each([
    ['a program on this machine', { host: '127.0.0.1:8080' }],
    ['by name', { host: 'LocalHost' }],
    ['over IPv6', { host: '[::1]:8080' }],
    ['by another loopback address', { host: '127.0.0.53:8080' }],
    ['a page of the API’s own', { host: 'localhost:8080', origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }],
    ['what is typed into a browser', { host: 'localhost:8080', 'sec-fetch-site': 'none' }],
  ])('%s is answered', async (_, headers) => {
    expect((await ask({}, reload(headers)))[0]).toBe(200)
  }) // prettier-ignore

  test('so is HTTP/1.0 without a host, as load balancers speak it', async () => {
    const [answer] = await exchange(await listening(await api()), 'GET /readyz HTTP/1.0\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  test.each<[string, Record<string, string>]>([
    ['a name that was made to lead here', { host: 'rebound.example:8080' }],
    ['a name that begins like this machine’s', { host: 'localhost.example' }],
    ['another address', { host: '10.0.0.5:8080' }],
    ['a page from elsewhere', { host: 'localhost:8080', origin: 'https://evil.example' }],
    ['a page of another server on this machine', { host: 'localhost:8080', origin: 'http://localhost:3000' }],
    ['a page without an origin', { host: 'localhost:8080', origin: 'null' }],
    ['a page from elsewhere that shows no origin', { host: 'localhost:8080', 'sec-fetch-site': 'cross-site' }],
    ['a page from next door', { host: 'localhost:8080', 'sec-fetch-site': 'same-site' }],
  ])('%s is forbidden', async (_, headers) => {
    for (const request of [reload(headers), { url: '/calls', headers }, { url: '/nothing', headers }, { url: '/metrics', headers }])
      expect(await ask({}, request)).toEqual([403, { error: { code: 'forbidden', message: expect.stringContaining('api.token') as string } }])
  }) // prettier-ignore

  test('with one the name does not matter: no page knows it', async () => {
    const headers = { ...bearer, host: 'belplan.example', origin: 'https://console.example' }
    expect((await ask({ tokens }, reload(headers)))[0]).toBe(200)
  })
})

describe('the API', () => {
  test('sends security headers', async () => {
    const { headers } = await (await api()).inject('/calls')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.any(String) as string,
    })
  })

  test('a request that does not arrive is given up', async () => {
    const server = await createApi(fakeOptions(), { requestMs: 100 })
    servers.push(server)
    const head = 'POST /plans/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    const [answer] = await exchange(await listening(server), `${head}Content-Length: 100\r\n\r\n{`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('connections that ask for nothing keep nobody out, and are 200 at most', async () => {
    const server = await api()
    const port = await listening(server)
    const closed = new Set<number>()
    const held = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const socket = connect(port, '127.0.0.1').on('error', () => undefined)
        socket.on('close', () => closed.add(i)).resume()
        await once(socket, 'connect')
        socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
        return socket
      }),
    )
    for (let i = 0; i < 10; i++) {
      const [head, body] = await exchange(
        port,
        'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      )
      expect(head).toMatch(/^HTTP\/1\.1 200 /)
      expect(JSON.parse(body)).toEqual({ status: 'ok' })
    }
    expect(await promisify(server.server.getConnections.bind(server.server))()).toBeLessThanOrEqual(200)
    expect(closed.has(299)).toBe(false)
    held.forEach((socket) => socket.destroy())
  })

  test('a request under way is not ended for them; where all have one, the newest connection ends', async () => {
    const server = fastify()
    servers.push(server)
    limitConnections(server.server, 2)
    const answers: (() => void)[] = []
    server.get('/slow', () => new Promise((answer) => answers.push(() => answer('done'))))
    const port = await listening(server)
    const slow = () => exchange(port, 'GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const first = slow()
    await vi.waitFor(() => expect(answers).toHaveLength(1))
    const idle = connect(port, '127.0.0.1')
    const idleClosed = once(idle, 'close')
    await once(idle, 'connect')
    const second = slow()
    await idleClosed
    await vi.waitFor(() => expect(answers).toHaveLength(2))
    const third = connect(port, '127.0.0.1').on('error', () => undefined)
    await once(third, 'close')
    answers.forEach((answer) => answer())
    expect((await Promise.all([first, second])).map(([, body]) => body)).toEqual(['done', 'done'])
  })

  test('an answer that takes too long is 503 and its work is ended', async () => {
    const ended = Promise.withResolvers<unknown>()
    const find = (_: string, signal?: AbortSignal) =>
      sleep(60_000, undefined, { signal: signal! }).then(
        () => undefined,
        (error: unknown) => {
          ended.resolve(signal?.aborted)
          throw error
        },
      )
    const server = await createApi(fakeOptions({ records: { find, flush: () => Promise.resolve() } }), {
      requestMs: 100,
    })
    servers.push(server)
    const [head, body] = await exchange(
      await listening(server),
      `GET /calls/${id(9)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    )
    expect(head).toMatch(/^HTTP\/1\.1 503 /)
    expect(JSON.parse(body)).toEqual({ error: { code: 'notReady', message: expect.any(String) as string } })
    expect(await ended.promise).toBe(true)
  })
})

describe('api routes that read plans', () => {
  /** All of what they ask takes so long. */
  function slowPlans(ms: number): Pick<ApiOptions, 'plans'> {
    const { plans } = fakeOptions()
    const slow = <A extends unknown[], T>(work: (...args: A) => Promise<T>) => {
      return async (...args: A) => {
        await sleep(ms)
        return work(...args)
      }
    }
    const { reload, dryRun, rollback, replace, compare, validate } = plans
    return {
      plans: {
        ...plans,
        ...{ reload: slow(reload), dryRun: slow(dryRun), rollback: slow(rollback) },
        ...{ replace: slow(replace), compare: slow(compare), validate: slow(validate) },
      },
    }
  }

  type Row = readonly [method: string, path: string, late: 'goesOn' | 'notReady', body?: string]
  const rows: readonly Row[] = [
    ['POST', '/plans/reload', 'goesOn'],
    ['POST', '/plans/reload?dryRun=true', 'notReady'],
    ['POST', '/plans/rollback', 'goesOn', '{"to":"5f0c3a9be214"}'],
    ['PUT', '/plans/documents/acme', 'goesOn', '{}'],
    ['DELETE', '/plans/documents/acme', 'goesOn'],
    ['POST', '/plans/validate', 'notReady', '{}'],
    ['GET', '/plans/diff?from=5f0c3a9be214', 'notReady'],
  ]

  async function askOver(port: number, [method, path, , body]: Row) {
    const headers = { 'if-match': '*', ...(body !== undefined && { 'content-type': 'application/json' }) }
    const init = { method, headers, ...(body !== undefined && { body }) }
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init)
    return {
      status: answer.status,
      body: (await answer.json()) as { error?: { code: string; message: string } },
    }
  }

  test.for(rows)('%s %s may take longer than a request may', async (row) => {
    const server = await createApi(fakeOptions(slowPlans(500)), { requestMs: 100 })
    servers.push(server)
    expect(await askOver(await listening(server), row)).toMatchObject({ status: 200 })
  })

  test.for(rows)('%s %s: what takes longer still says whether it goes on', async (row) => {
    const server = await createApi(fakeOptions(slowPlans(400)), { requestMs: 100, slowMs: 150 })
    servers.push(server)
    const { status, body } = await askOver(await listening(server), row)
    expect([status, body.error?.code]).toEqual([503, row[2]])
    if (row[2] === 'goesOn') expect(body.error?.message).toMatch(/goes on: GET \/plans .* audit/)
  })

  test('of those, too, a request that does not arrive is given up', async () => {
    const server = await createApi(fakeOptions(), { requestMs: 100 })
    servers.push(server)
    const head =
      'PUT /plans/documents/acme HTTP/1.1\r\nHost: localhost\r\nIf-Match: *\r\nContent-Type: application/json\r\n'
    const [answer] = await exchange(await listening(server), `${head}Content-Length: 100\r\n\r\n{`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('api PUT and DELETE of documents', () => {
  const put = (more: InjectOptions = {}): InjectOptions => ({
    ...{ method: 'PUT', url: '/plans/documents/acme', payload: '{}' },
    headers: { 'content-type': 'application/json', 'if-match': '*' },
    ...more,
  })

  test('who does not know the document need not wait for an answer: nothing is begun', async () => {
    const replace = () => Promise.reject(new Error('begun'))
    const plans = { ...fakeOptions().plans, replace }
    for (const [match, status] of [
      ['"other"', 412],
      [undefined, 428],
    ] as const) {
      const headers = { 'content-type': 'application/json', ...(match && { 'if-match': match }) }
      expect((await ask({ plans }, put({ headers })))[0]).toBe(status)
      expect((await ask({ plans }, { ...put({ headers }), method: 'DELETE', payload: '' }))[0]).toBe(status)
    }
  })

  test('those that wait for their turn take no process from others, and are not too many', async () => {
    const turn = Promise.withResolvers<never>()
    let begun = 0
    const replace = () => {
      begun++
      return turn.promise
    }
    const server = await api({ plans: { ...fakeOptions().plans, replace } })
    const waiting = Promise.all(Array.from({ length: 8 }, () => server.inject(put())))
    await vi.waitFor(() => expect(begun).toBe(8))
    expect((await server.inject(put())).statusCode).toBe(429)
    const validate: InjectOptions = { ...put(), method: 'POST', url: '/plans/validate' }
    expect((await server.inject(validate)).statusCode).toBe(200)
    turn.reject(new BelplanError('plans', 'over'))
    expect(new Set((await waiting).map(({ statusCode }) => statusCode))).toEqual(new Set([422]))
  })

  test('whoever is gone gives up what is not begun yet', async () => {
    const asked = Promise.withResolvers<AbortSignal>()
    const plans = {
      ...fakeOptions().plans,
      replace: ({ givenUp }: { givenUp?: AbortSignal }) => {
        asked.resolve(givenUp!)
        return new Promise<never>((_, reject) =>
          givenUp!.addEventListener('abort', () => reject(new BelplanError('plans', 'given up'))),
        )
      },
    }
    const port = await listening(await api({ plans }))
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'PUT /plans/documents/acme HTTP/1.1\r\nHost: localhost\r\nIf-Match: *\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    )
    const givenUp = await asked.promise
    expect(givenUp.aborted).toBe(false)
    socket.destroy()
    await vi.waitFor(() => expect(givenUp.aborted).toBe(true))
  })
})

test('api /openapi.json describes every route', async () => {
  const [, body] = (await ask({}, '/openapi.json')) as [
    number,
    { openapi: string; paths: Record<string, object> },
  ]
  expect(body.openapi).toBe('3.1.0')
  expect(Object.keys(body.paths).sort()).toEqual([
    '/calls',
    '/calls/{id}',
    '/calls/{id}/replay',
    '/controllers',
    '/events',
    '/events/{id}/retry',
    '/healthz',
    '/me',
    '/metrics',
    '/plans',
    '/plans/diff',
    '/plans/documents/{name}',
    '/plans/explain',
    '/plans/reload',
    '/plans/revisions',
    '/plans/revisions/{id}',
    '/plans/rollback',
    '/plans/schema',
    '/plans/tests/run',
    '/plans/tests/schema',
    '/plans/tests/{name}',
    '/plans/tree',
    '/plans/tree/{name}',
    '/plans/validate',
    '/readyz',
    '/simulate',
    '/stream',
    '/webhooks',
  ])
  expect(body.paths['/plans/validate']).toMatchObject({
    post: { requestBody: { content: { 'application/json': { schema: { type: 'object' } } } } },
  })
})
