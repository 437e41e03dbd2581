/** A token for `north/*` learns nothing of `south`: every answer is the same as where there is no `south`. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { type Controller, createControllers } from '../harness/controller.ts'

/** Two controllers, beside other tests. */
const START_MS = 30_000

// Revisions are read in processes of their own, behind all else that the machine does.
vi.setConfig({ testTimeout: 120_000 })

const controllers = createControllers()
afterAll(() => controllers.end())

const token = (name: string) => `the-token-of-${name}`
const tokens = {
  operator: { token: token('operator'), right: 'admin' },
  north: { token: token('north'), right: 'publish', documents: ['north/*'] },
}
const document = (domain: string, ...numbers: string[]) => ({
  domain,
  plans: { main: { numbers, steps: [{ type: 'bridge', destination: '215', ringSeconds: 30 }] } },
})
const north = {
  'north/a': document('north.example', '+31502100000', '+315021*', '215'),
  'north/b': document('b.example', '+31502100010'),
}
/** Its numbers lie among those of north, one digit off, in a longer prefix, and with the same internal number. */
const south = document('south.example', '+31502100001', '+31502109*', '215', '216')
const owners = {
  'north/*': { numbers: ['+315021*', '215'], domains: ['north.example', 'b.example'] },
  south: { numbers: ['+31502100001', '+31502109*'], domains: ['south.example'], env: ['SOUTH_KEY'] },
}

/** What a publisher of `north` can ask: a route and, where it has one, its body. `REVISION` is the one that serves. */
type Question = readonly [url: string, body?: unknown, method?: 'PUT' | 'DELETE']

// A number of its own, of south, of nobody; near to south's; in south's prefix.
const dids = [
  '+31502100000', '+31502100001', '+31502100002', '+31502100011', '+31502109123', '+3150210912', '+31201234567',
  '215', '216', '217', '+3150210000', '+315021000011',
] // prettier-ignore
const domains = [undefined, 'north.example', 'south.example']
const numbers: readonly Question[] = dids.flatMap((did) =>
  domains.flatMap((domain): Question[] => [
    [`/plans/explain?did=${encodeURIComponent(did)}${domain === undefined ? '' : `&domain=${domain}`}`],
    ['/simulate', { call: { did, at: '2026-12-24T18:00', ...(domain !== undefined && { domain }) } }],
  ]),
)
const others: readonly Question[] = [
  ['/plans'],
  ['/plans/schema'],
  ['/openapi.json'],
  ['/readyz'],
  ['/healthz'],
  ['/metrics'],
  ['/calls?state=live'],
  ['/calls/3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'],
  ['/calls/3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49/replay', ''],
  ['/nothing'],
  ['/plans/reload', ''],
  ['/plans/rollback', { to: 'REVISION' }],
  ['/plans/revisions'],
  ['/plans/revisions/REVISION'],
  ['/plans/revisions/0123456789ab'],
  ['/plans/diff?from=REVISION'],
  ['/plans/diff?from=0123456789ab'],
  ['/plans/documents/north/a'],
  ['/plans/documents/north/none'],
  ['/plans/documents/south'],
  ['/simulate', { call: { did: '+31502100001' }, revision: 'REVISION' }],
  ['/simulate', { call: { did: '+31502100001' }, revision: '0123456789ab' }],
]
/** Its own document, as it might be, and what asks a server where none may be asked. */
const asking = {
  webhooks: { crm: { urlTemplate: 'http://127.0.0.1:9/{callerid}' } },
  plans: { main: { numbers: ['+31502100000'], steps: [{ type: 'webhook', webhook: 'crm' }] } },
}
const drafts: readonly Question[] = [{ name: 'north/a' }, { name: 'north/new' }, { name: 'south' }, {}].flatMap(
  (name): Question[] => [
    ['/simulate', { call: { did: '+31502100000' }, draft: { ...name, document: asking } }],
    ['/simulate', { call: { did: '+31502100000' }, draft: { ...name, document: { plans: {} } } }],
    ['/simulate', { call: { did: '+31502100000' }, given: { webhooks: { crm: 'ask' } }, draft: { ...name, document: asking } }],
  ],
) // prettier-ignore
/** Drafts that claim what is south's. */
const claimed: readonly Question[] = [
  ['/simulate', { call: { did: '+31502100001' }, draft: { name: 'north/a', document: document('south.example', '+31502100001') } }],
] // prettier-ignore
/** Each changes what serves, or tries to; in this order. */
const changes: readonly Question[] = [
  ['/plans/documents/south', south, 'PUT'],
  ['/plans/documents/south', undefined, 'DELETE'],
  ['/plans/documents/north/none', undefined, 'DELETE'],
  ['/plans/documents/north/c', document('south.example', '+31502100001', '+31201234567'), 'PUT'],
  ['/plans/documents/north/c', { plans: {} }, 'PUT'],
  ['/plans/documents/north/c', document('b.example', '+31502100020'), 'PUT'],
  ['/plans/revisions'],
  ['/plans/diff?from=REVISION'],
  ['/plans/documents/north/c', undefined, 'DELETE'],
]
/** Claims to what is south's. */
const claims: readonly Question[] = [
  ['/plans/validate?name=north/c', document('south.example', '+31502100001', '+315021091*', '+31201234567')],
  ['/plans/validate?name=north/a', { webhooks: { x: { urlTemplate: 'https://x.example', headers: { 'X-Key': 'env:SOUTH_KEY' } } }, plans: { main: { numbers: [], steps: [{ type: 'webhook', webhook: 'x' }] } } }],
  ['/plans/validate?name=south', south],
  ['/plans/validate', south],
] // prettier-ignore

interface Answer {
  readonly url: string
  readonly status: number
  readonly body: unknown
}

async function ask({ api, plans }: Controller, [url, body, method]: Question): Promise<Answer> {
  const own = (text: string) => text.replaceAll('REVISION', plans.current().revision)
  const init = {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...(body !== undefined && { body: own(JSON.stringify(body)) }),
  }
  const headers = {
    authorization: `Bearer ${token('north')}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    // A new document is one that is not there.
    ...(method !== undefined && (body === undefined ? { 'if-match': '*' } : { 'if-none-match': '*' })),
  }
  const [status, answer] = await api(own(url), { ...init, headers })
  return { url, status, body: answer }
}

/** The revision is that of the whole set, and says only that something changed; and time passes. */
function comparable({ url, status, body }: Answer): unknown {
  const seen = (key: string, value: unknown) => {
    if (typeof value === 'number' && /ms$/i.test(key)) return 0
    // A server that is asked takes a moment, or none.
    if (key === 'hears' && Array.isArray(value))
      return (value as { sound: string }[]).filter(({ sound }) => sound !== 'silence')
    if (typeof value !== 'string') return value
    return value.replace(/^[0-9a-f]{12}$/, 'REVISION').replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'TIME')
  }
  return { url, status, body: JSON.parse(JSON.stringify(body), seen) as unknown }
}

const options = (config: object) => ({
  config: { api: { tokens }, invalidDocuments: 'keepPrevious', ...config },
  env: { SOUTH_KEY: 'key' },
})

/** One controller with south, and one without. */
async function startBoth(withOwners: boolean): Promise<[Controller, Controller]> {
  // What may not be claimed is the same, and somebody else's.
  const { south: theirs, ...rest } = owners
  const config = (whose: object) => options(withOwners ? { owners: whose } : {})
  return Promise.all([
    controllers.start({ documents: { ...north, south }, ...config(owners) }),
    controllers.start({ documents: north, ...config({ ...rest, elsewhere: theirs }) }),
  ])
}

const named = (questions: readonly Question[]) =>
  questions.map(([url, body]) => ({ url, of: body === undefined ? '' : JSON.stringify(body), body }))

describe('security a publisher of north/*, where documents may claim what they like', () => {
  let beside: Controller
  let alone: Controller
  beforeAll(async () => void ([beside, alone] = await startBoth(false)), START_MS)

  test.each(named([...others, ...drafts, ...numbers]))(
    'gets the same answer to $url $of as where there is no south',
    async ({ url, body }) => {
      const [seen, expected] = await Promise.all([ask(beside, [url, body]), ask(alone, [url, body])])
      expect(comparable(seen)).toEqual(comparable(expected))
    },
  )
})

describe('security a publisher of north/*', () => {
  let beside: Controller
  let alone: Controller
  /** What was answered beside south. */
  const answers = new Map<string, Answer>()
  beforeAll(async () => void ([beside, alone] = await startBoth(true)), START_MS)

  test.each(named([...others, ...drafts, ...numbers, ...claims, ...claimed]))(
    'gets the same answer to $url $of as where there is no south',
    async ({ url, body }) => {
      const [seen, expected] = await Promise.all([ask(beside, [url, body]), ask(alone, [url, body])])
      answers.set(url, seen)
      expect(comparable(seen)).toEqual(comparable(expected))
    },
  )

  test('gets answers that are worth comparing', async () => {
    const of = (url: string) => answers.get(url)
    expect(of('/plans')?.body).toMatchObject({ documents: [{ name: 'north/a' }, { name: 'north/b' }] })
    expect(of('/plans/explain?did=%2B31502100000')?.body).toMatchObject({
      match: { document: 'north/a' },
      near: [{ entry: '+315021*' }, { entry: '+31502100010' }],
    })
    expect(of('/plans/validate?name=north/c')?.body).toMatchObject({
      errors: [{ pointer: '/domain' }, { pointer: '/plans/main/numbers/0' }, { pointer: '/plans/main/numbers/1' }, {}],
    })
    // South's number reads like nobody's.
    const { errors } = of('/plans/validate?name=north/c')?.body as { errors: { message: string }[] }
    expect(errors[1]?.message.replace('+31502100001', '+31201234567')).toBe(errors[3]?.message)
    expect(of('/plans/validate?name=south')?.status).toBe(403)
    expect(of('/plans/reload')?.status).toBe(403)
    // For whoever holds all, there is something to see.
    const whole = await beside.api('/plans/explain?did=%2B31502100001', {
      headers: { authorization: `Bearer ${token('operator')}` },
    })
    expect(whole[1]).toMatchObject({ match: { document: 'south' } })
  }) // prettier-ignore

  test('sees no call of south, live or ended', { timeout: 120_000 }, async () => {
    const [own, another, none] = ['11', '12', '13'].map((end) => `3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af${end}`)
    const hangUp = new AbortController()
    const calls = [
      placeCall(beside.esl, { id: own!, did: '+31502100000', signal: hangUp.signal }),
      placeCall(beside.esl, { id: another!, did: '+31502100001', signal: hangUp.signal }),
    ]
    const all = { headers: { authorization: `Bearer ${token('operator')}` } }
    const wait = { interval: 5, timeout: 5000 }
    await vi.waitFor(async () => expect((await beside.api('/calls?state=live', all))[1]).toMatchObject({ calls: [{ step: 'main/0' }, { step: 'main/0' }] }), wait)
    expect((await ask(beside, ['/calls?state=live'])).body).toMatchObject({ calls: [{ id: own, document: 'north/a' }] })

    const looksLikeNone = async () => {
      const answers = await Promise.all([another, none].map((id) => ask(beside, [`/calls/${id}`])))
      expect(answers.map(({ status }) => status)).toEqual([404, 404])
      const [bodies, expected] = answers.map(({ body }) => JSON.stringify(body))
      expect(bodies!.replace(another!, none!)).toBe(expected)
    }
    await looksLikeNone()
    hangUp.abort()
    await Promise.all(calls)
    await vi.waitFor(async () => expect(await beside.records()).toHaveLength(2), wait)
    expect((await beside.api(`/calls/${another}`, all))[1]).toMatchObject({ state: 'ended', document: 'south' })
    expect((await ask(beside, ['/calls'])).body).toMatchObject({ calls: [{ id: own, state: 'ended' }] })
    expect(await ask(beside, [`/calls/${own}`])).toMatchObject({ status: 200, body: { state: 'ended' } })
    await looksLikeNone()
  }) // prettier-ignore

  test('changes its own documents, with the same answers as where there is no south', async () => {
    const statuses: number[] = []
    for (const question of changes) {
      const [seen, expected] = await Promise.all([ask(beside, question), ask(alone, question)])
      expect(comparable(seen)).toEqual(comparable(expected))
      statuses.push(seen.status)
    }
    expect(statuses).toEqual([403, 403, 404, 422, 422, 201, 200, 200, 200])
    expect(beside.plans.current().documents.has('south')).toBe(true)
  })

  test('does not see that south’s document on disk does not validate', async () => {
    const all = { headers: { authorization: `Bearer ${token('operator')}` } }
    for (const { put } of [beside, alone]) await put('north/a', '{ "plans": 7 }')
    await beside.put('south', '{ "plans": 7 }')
    const reloads = [beside, alone].map(({ api }) => api('/plans/reload', { method: 'POST', ...all }))
    expect(await Promise.all(reloads)).toMatchObject([
      [200, { heldBack: ['north/a', 'south'] }],
      [200, { heldBack: ['north/a'] }],
    ])
    for (const question of others)
      expect(comparable(await ask(beside, question))).toEqual(comparable(await ask(alone, question)))
  })
})
