/** Who may what: every route, with every right, for every document that a token may hold for. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { fastify, type FastifyInstance, type RouteOptions } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { guardRoutes } from '../../src/api/access.ts'
import { createApi } from '../../src/api/server.ts'
import { apiTokens, rights, type TokenEntry } from '../../src/config/tokens.ts'
import { PlanSetError } from '../../src/plan/index.ts'
import type { TrialReport } from '../../src/trial/index.ts'
import { id } from '../records/records.ts'
import { document, fakeOptions, live, ready } from './fake-options.ts'

const servers: FastifyInstance[] = []
afterEach(async () => {
  while (servers.length > 0) await servers.pop()!.close()
})

/** Everything that the requests of the table are about is of this document. */
const DOCUMENT = 'north/a'
/** Of the set that serves. */
const REVISION = '5f0c3a9be214'
const scopes = { all: undefined, own: ['north/*'], other: ['south', 'northern', 'north'] } as const

const tokens: Record<string, TokenEntry> = Object.fromEntries(
  rights.flatMap((right) =>
    Object.entries(scopes).map(([scope, documents]) => {
      const name = `${right}-${scope}`
      return [name, { token: `token-of-${name}`, right, ...(documents && { documents }) }]
    }),
  ),
)

/** `authors`: who had the controller reload. */
async function api() {
  const authors: unknown[] = []
  const options = fakeOptions()
  const call = { ...live, document: DOCUMENT }
  const set = { ...options.plans.current(), documents: new Map([[DOCUMENT, document]]) }
  const server = await createApi({
    ...options,
    tokens: apiTokens({ tokens }),
    calls: { live: () => [call], find: (wanted) => (wanted === call.id ? call : undefined) },
    plans: {
      ...options.plans,
      current: () => set,
      draft: () => Promise.reject(new PlanSetError(DOCUMENT, [], [])),
      reload(by) {
        authors.push(by)
        return options.plans.reload(by)
      },
    },
  })
  servers.push(server)
  return { server, authors }
}

/** All routes that Fastify was given, such as `GET /plans`. */
async function registered(): Promise<string[]> {
  const routes: string[] = []
  const listen = (message: unknown) => {
    const { fastify: server } = message as { fastify: FastifyInstance }
    server.addHook('onRoute', ({ method, url }: RouteOptions) => void routes.push(`${String(method)} ${url}`))
  }
  subscribe('fastify.initialization', listen)
  await api()
  unsubscribe('fastify.initialization', listen)
  return routes
}

/**
 * The status of each route for the clients of `columns`. A row is a line here, so that nobody adds a route without
 * deciding on each of them.
 */
const columns = [
  'none', 'wrong',
  'read-all', 'read-own', 'read-other',
  'publish-all', 'publish-own', 'publish-other',
  'admin-all', 'admin-own', 'admin-other',
] // prettier-ignore
const table: Record<string, number[]> = {
  'GET /healthz':         [200, 200,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /readyz':          [200, 200,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /me':              [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /console':         [308, 308,  308, 308, 308,  308, 308, 308,  308, 308, 308],
  // 404: the tests' one is not built.
  'GET /console/*':       [404, 404,  404, 404, 404,  404, 404, 404,  404, 404, 404],
  'GET /controllers':     [401, 401,  200, 403, 403,  200, 403, 403,  200, 403, 403],
  'GET /metrics':         [401, 401,  200, 403, 403,  200, 403, 403,  200, 403, 403],
  'GET /openapi.json':    [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /plans':           [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'POST /plans/reload':   [401, 401,  403, 403, 403,  200, 403, 403,  200, 403, 403],
  'POST /plans/validate': [401, 401,  200, 200, 403,  200, 200, 403,  200, 200, 403],
  'GET /plans/schema':    [200, 200,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /plans/explain':   [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /plans/revisions': [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /plans/revisions/:id': [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /plans/diff':      [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'POST /plans/rollback': [401, 401,  403, 403, 403,  200, 403, 403,  200, 403, 403],
  'GET /plans/documents/*': [401, 401,  200, 200, 403,  200, 200, 403,  200, 200, 403],
  'PUT /plans/documents/*': [401, 401,  403, 403, 403,  200, 200, 403,  200, 200, 403],
  'DELETE /plans/documents/*': [401, 401,  403, 403, 403,  200, 200, 403,  200, 200, 403],
  'GET /plans/tests/*':   [401, 401,  200, 200, 403,  200, 200, 403,  200, 200, 403],
  'PUT /plans/tests/*':   [401, 401,  403, 403, 403,  200, 200, 403,  200, 200, 403],
  'DELETE /plans/tests/*': [401, 401,  403, 403, 403,  200, 200, 403,  200, 200, 403],
  'POST /plans/diff':     [401, 401,  200, 200, 403,  200, 200, 403,  200, 200, 403],
  // 400: it may, and no document is named in the body.
  'POST /plans/tests/run': [401, 401,  400, 400, 400,  400, 400, 400,  400, 400, 400],
  // 404: it may, and there is none of this name.
  'GET /plans/tree/*':    [401, 401,  404, 404, 403,  404, 404, 403,  404, 404, 403],
  // 422: it may, and the draft does not validate.
  'POST /plans/tree':     [401, 401,  422, 422, 403,  422, 422, 403,  422, 422, 403],
  'GET /calls':           [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /calls/:id':       [401, 401,  200, 200, 404,  200, 200, 404,  200, 200, 404],
  'GET /stream':          [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /events':          [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'POST /events/:id/retry': [401, 401,  403, 403, 403,  200, 200, 404,  200, 200, 404],
  'GET /webhooks':        [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  'GET /plans/tests/schema': [200, 200,  200, 200, 200,  200, 200, 200,  200, 200, 200],
  // 422: it may, and the call is held.
  'POST /calls/:id/replay': [401, 401,  422, 422, 404,  422, 422, 404,  422, 422, 404],
  // 400: it may, and there is no call in the body.
  'POST /simulate':       [401, 401,  400, 400, 400,  400, 400, 400,  400, 400, 400],
} // prettier-ignore

/** What the table's requests ask beyond their route. */
const urls: Record<string, string> = {
  '/plans/validate': `/plans/validate?name=${DOCUMENT}`,
  '/plans/explain': '/plans/explain?did=1',
  '/calls/:id': `/calls/${live.id}`,
  '/events/:id/retry': '/events/of-north/retry',
  '/plans/revisions/:id': `/plans/revisions/${REVISION}`,
  '/plans/diff': `/plans/diff?from=${REVISION}&name=${DOCUMENT}`,
  '/plans/documents/*': `/plans/documents/${DOCUMENT}`,
  '/plans/tests/*': `/plans/tests/${DOCUMENT}`,
  '/plans/tree/*': `/plans/tree/${DOCUMENT}`,
  '/plans/tree': `/plans/tree?name=${DOCUMENT}`,
  '/calls/:id/replay': `/calls/${live.id}/replay`,
}

test('api every route is in the table', async () => {
  const rows = Object.keys(table)
  const heads = rows.filter((row) => row.startsWith('GET ')).map((row) => row.replace('GET', 'HEAD'))
  expect((await registered()).sort()).toEqual([...rows, ...heads].sort())
})

const codes: Record<number, string> = {
  ...{ 400: 'malformed', 401: 'unauthorized', 403: 'lacksRight', 404: 'notFound', 422: 'invalid' },
}

function bearer(client: string): Record<string, string> {
  if (client === 'none') return {}
  const entry = tokens[client] ?? { token: 'a-token-of-nobody' }
  return { authorization: `Bearer ${entry.token}` }
}

describe.each(columns.map((client, i) => ({ client, i })))('api for $client', ({ client, i }) => {
  test.each(Object.entries(table))('%s', async (row, statuses) => {
    const [method, route] = row.split(' ') as ['GET' | 'POST' | 'PUT' | 'DELETE', string]
    const { server, authors } = await api()
    const url = urls[route] ?? route
    const sends = method === 'POST' || method === 'PUT'
    const payload = sends
      ? { payload: route === '/plans/rollback' ? JSON.stringify({ to: REVISION }) : '{}' }
      : {}
    const headers = {
      ...bearer(client),
      ...(sends && { 'content-type': 'application/json' }),
      ...(route.endsWith('/*') && { 'if-match': '*' }),
    }
    const response = await server.inject({ method, url, headers, ...payload })
    const status = statuses[i]!
    expect(response.statusCode).toBe(status)
    if (status >= 400) expect(response.json()).toMatchObject({ error: { code: codes[status] } })
    expect(authors).toHaveLength(route === '/plans/reload' && status === 200 ? 1 : 0)
    if (method === 'GET')
      expect((await server.inject({ method: 'HEAD', url, headers })).statusCode).toBe(status)
  })

  test('a route that is not there is 404 to whoever has a token', async () => {
    const { server } = await api()
    const { statusCode } = await server.inject({ url: '/nothing', headers: bearer(client) })
    expect(statusCode).toBe(client === 'none' || client === 'wrong' ? 401 : 404)
  })
})

const REPORT = {
  ...{ revision: REVISION, at: '', did: '', caller: '', forms: [], steps: [], ending: 'noPlan', waitMs: 0 },
  ...{ notes: [], unused: [] },
} as unknown as TrialReport

/** The same of what `POST /simulate` may be asked, which depends on what is tried, and how. */
const trials: Record<string, { statuses: number[]; body: object }> = {
  'a call':               { statuses: [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200], body: {} },
  'a revision':           { statuses: [401, 401,  200, 200, 200,  200, 200, 200,  200, 200, 200], body: { revision: '0123456789ab' } },
  'a draft of north/a':   { statuses: [401, 401,  200, 200, 403,  200, 200, 403,  200, 200, 403], body: { draft: { name: DOCUMENT, document: {} } } },
  'a draft of south':     { statuses: [401, 401,  200, 403, 200,  200, 403, 200,  200, 403, 200], body: { draft: { name: 'south', document: {} } } },
  'a draft without name': { statuses: [401, 401,  200, 403, 403,  200, 403, 403,  200, 403, 403], body: { draft: { document: {} } } },
  'a server':             { statuses: [401, 401,  403, 403, 403,  200, 200, 200,  200, 200, 200], body: { given: { webhooks: { crm: 'ask' } } } },
} // prettier-ignore

describe.each(columns.map((client, i) => ({ client, i })))(
  'api POST /simulate for $client',
  ({ client, i }) => {
    test.each(Object.entries(trials))('%s', async (_, { statuses, body }) => {
      const { plans, ...options } = fakeOptions()
      const there = () => Promise.resolve(plans.current())
      const server = await createApi({
        ...{ ...options, tokens: apiTokens({ tokens }), plans: { ...plans, toTry: there, draft: there } },
        trials: { run: () => Promise.resolve(REPORT) },
      })
      servers.push(server)
      const payload = JSON.stringify({ call: { did: '1' }, ...body })
      const headers = { ...bearer(client), 'content-type': 'application/json' }
      const response = await server.inject({ method: 'POST', url: '/simulate', headers, payload })
      const status = statuses[i]!
      expect(response.statusCode, response.body).toBe(status)
      if (status !== 200) expect(response.json()).toMatchObject({ error: { code: codes[status] } })
    })
  },
)

describe.each(columns.map((client, i) => ({ client, i })))(
  'api POST /plans/tests/run for $client',
  ({ client, i }) => {
    test.each([
      ['north/a', [401, 401,  200, 200, 403,  200, 200, 403,  200, 200, 403]],
      ['south',   [401, 401,  200, 403, 200,  200, 403, 200,  200, 403, 200]],
    ] as const)('tests of %s', async (name, statuses) => {
      const { server } = await api()
      const headers = { ...bearer(client), 'content-type': 'application/json' }
      const payload = JSON.stringify({ name, document: {}, tests: {} })
      const response = await server.inject({ method: 'POST', url: '/plans/tests/run', headers, payload })
      const status = statuses[i]!
      expect(response.statusCode, response.body).toBe(status)
      if (status !== 200) expect(response.json()).toMatchObject({ error: { code: codes[status] } })
    }) // prettier-ignore
  },
)

describe('api rights', () => {
  test('a route that does not say who may is not added', () => {
    const server = fastify()
    servers.push(server)
    guardRoutes(server)
    expect(() => server.get('/plans', () => 'all of them')).toThrow('GET /plans does not say who may')
    server.get('/other', { config: { access: 'open' } }, () => '')
  })

  test.each([
    ['read-all', 'POST', '/plans/reload', 'this needs the right `publish`; the token read-all has `read`'],
    ['publish-own', 'POST', '/plans/reload', 'this needs the right `publish` for all documents; the token publish-own holds for some of them'],
    ['admin-own', 'GET', '/metrics', 'this needs the right `read` for all documents; the token admin-own holds for some of them'],
    ['admin-own', 'POST', '/plans/validate?name=south', 'the token admin-own does not hold for the document south'],
  ] as const)('the answer to %s on %s %s says what is missing', async (client, method, url, message) => {
    const { server } = await api()
    const response = await server.inject({ method, url, headers: bearer(client) })
    expect(response.json()).toEqual({ error: { code: 'lacksRight', message } })
  }) // prettier-ignore

  test('a digest is not the token', async () => {
    const { server } = await api()
    const [{ digest }] = apiTokens({ tokens }) as [ReturnType<typeof apiTokens>[number]]
    for (const sent of [digest.reveal(), `sha256:${digest.reveal()}`]) {
      const response = await server.inject({ url: '/plans', headers: { authorization: `Bearer ${sent}` } })
      expect(response.statusCode).toBe(401)
    }
  })

  test('a reload says who asked for it, and from where', async () => {
    const { server, authors } = await api()
    const headers = bearer('publish-all')
    await server.inject({ method: 'POST', url: '/plans/reload', headers, remoteAddress: '192.0.2.7' })
    expect(authors).toEqual([{ token: 'publish-all', address: '192.0.2.7' }])
  })

  test('/readyz shows its parts, and how many calls there are, for all documents only', async () => {
    const { server } = await api()
    const parts = async (client: string) =>
      (await server.inject({ url: '/readyz', headers: bearer(client) })).json<unknown>()
    expect(await parts('read-all')).toEqual(ready)
    for (const client of ['none', 'wrong', 'read-own', 'admin-own'])
      expect(await parts(client)).toEqual({ ready: true, draining: false })
  })

  test('/plans says whether the set on disk validates, for all documents only: it may be another’s that does not', async () => {
    const { plans } = fakeOptions()
    const options = { ...fakeOptions(), plans: { ...plans, state: () => 'stale' as const } }
    const server = await createApi({ ...options, tokens: apiTokens({ tokens }) })
    servers.push(server)
    const state = async (client: string) =>
      (await server.inject({ url: '/plans', headers: bearer(client) })).json<{ state?: string }>().state
    expect([await state('read-all'), await state('admin-own')]).toEqual(['stale', undefined])
  })

  test('documents of other folders with a name alike are others', async () => {
    const { server } = await api()
    const validate = async (name: string) =>
      (
        await server.inject({
          method: 'POST',
          url: `/plans/validate?name=${name}`,
          headers: { ...bearer('read-own'), 'content-type': 'application/json' },
          payload: '{}',
        })
      ).statusCode
    for (const name of ['north/a', 'north/deep/down']) expect(await validate(name)).toBe(200)
    for (const name of ['north', 'northern/a', 'a/north/b', 'North/a']) expect(await validate(name)).toBe(403)
    for (const name of ['north/../south', 'north//a', '/north/a', 'north/', 'north/.a'])
      expect(await validate(name)).toBe(400)
  })

  test('a token for some documents has one document checked at a time, and leaves room for others', async () => {
    const done = Promise.withResolvers<{ errors: []; warnings: [] }>()
    const plans = { ...fakeOptions().plans, validate: () => done.promise }
    const server = await createApi({ ...fakeOptions(), tokens: apiTokens({ tokens }), plans })
    servers.push(server)
    const validate = async (client: string): Promise<number> => {
      const headers = { ...bearer(client), 'content-type': 'application/json' }
      const request = { method: 'POST', url: '/plans/validate', payload: '{}', headers } as const
      return (await server.inject(request)).statusCode
    }
    const limited = Promise.all(['read-own', 'read-other'].map(validate))
    expect(await validate('read-own')).toBe(429)
    const all = Promise.all(['read-all', 'read-all'].map(validate))
    expect(await validate('admin-all')).toBe(429)
    const listed = await server.inject({ url: '/plans/revisions', headers: bearer('admin-all') })
    expect(listed.statusCode).toBe(429)
    done.resolve({ errors: [], warnings: [] })
    expect([await limited, await all]).toEqual([
      [200, 200],
      [200, 200],
    ])
    expect(await validate('read-own')).toBe(200)
  })

  test('calls without a document are shown for all documents only', async () => {
    const { document: _, ...nameless } = live
    const calls = { live: () => [nameless], find: () => nameless }
    const server = await createApi({ ...fakeOptions(), tokens: apiTokens({ tokens }), calls })
    servers.push(server)
    const ask = async (client: string, url: string) => server.inject({ url, headers: bearer(client) })
    const shown = async (client: string, query: string) =>
      (await ask(client, `/calls${query}`)).json<{ calls: { id: string }[] }>().calls.map((call) => call.id)
    expect(await shown('read-all', '')).toEqual([live.id, ...[10, 9, 8].map(id)])
    expect(await shown('admin-own', '')).toEqual([id(9)])
    expect(await shown('admin-other', '')).toEqual([])
    expect(await shown('admin-own', '?plan=acme')).toEqual([])
    expect(await shown('admin-own', '?number=0502100000')).toEqual([id(9)])
    const table = await server.inject({
      url: '/calls',
      headers: { ...bearer('admin-own'), accept: 'text/csv' },
    })
    expect(table.body.trimEnd().split('\r\n')).toHaveLength(2)
    expect((await ask('read-all', `/calls/${live.id}`)).statusCode).toBe(200)
    expect((await ask('admin-own', `/calls/${live.id}`)).statusCode).toBe(404)
  })

  test('another’s call that has ended looks like none', async () => {
    const { server } = await api()
    const ask = async (n: number) => server.inject({ url: `/calls/${id(n)}`, headers: bearer('read-own') })
    const [ended, none] = [await ask(2), await ask(3)]
    expect([ended.statusCode, ended.body.replace(id(2), id(3))]).toEqual([404, none.body])
  })

  test('/openapi.json says which right each route needs', async () => {
    const { server } = await api()
    const response = await server.inject({ url: '/openapi.json', headers: bearer('read-own') })
    const { paths } = response.json<{ paths: Record<string, Record<string, { description?: string }>> }>()
    expect(paths['/plans/reload']?.['post']?.description).toBe('Needs the right `publish` for all documents.')
    expect(paths['/calls']?.['get']?.description).toBe(
      'Needs the right `read`. A token for some documents sees those alone.',
    )
    expect(paths['/healthz']?.['get']?.description).toBeUndefined()
  })
})
