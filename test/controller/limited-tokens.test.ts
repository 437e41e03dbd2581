/** A token for `north/*` learns nothing of `south`: every answer is the same as where there is no `south`. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { type Controller, createControllers } from '../harness/controller.ts'

/** Two controllers, beside other tests. */
const START_MS = 30_000

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

/** What a publisher of `north` can ask: a route and, where it has one, its body. */
type Question = readonly [url: string, body?: unknown]

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
  ['/calls'],
  ['/calls/3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'],
  ['/calls/3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49/replay', ''],
  ['/nothing'],
  ['/plans/reload', ''],
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

async function ask({ api }: Controller, [url, body]: Question): Promise<Answer> {
  const authorization = `Bearer ${token('north')}`
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const headers = { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) }
  const [status, answer] = await api(url, { ...init, headers })
  return { url, status, body: answer }
}

/** The revision is that of the whole set, and says only that something changed. */
function comparable({ url, status, body }: Answer): unknown {
  const hidden = url === '/plans' ? { revision: '', since: '' } : url === '/simulate' ? { revision: '' } : {}
  return { url, status, body: { ...(body as object), ...hidden } }
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

  test.each(named([...others, ...numbers]))(
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

  test.each(named([...others, ...numbers, ...claims]))(
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

  test('sees no call of south, live or ended', async () => {
    const [own, another, none] = ['11', '12', '13'].map((end) => `3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af${end}`)
    const hangUp = new AbortController()
    const calls = [
      placeCall(beside.esl, { id: own!, did: '+31502100000', signal: hangUp.signal }),
      placeCall(beside.esl, { id: another!, did: '+31502100001', signal: hangUp.signal }),
    ]
    const all = { headers: { authorization: `Bearer ${token('operator')}` } }
    const wait = { interval: 5, timeout: 5000 }
    await vi.waitFor(async () => expect((await beside.api('/calls', all))[1]).toMatchObject({ calls: [{ step: 'main/0' }, { step: 'main/0' }] }), wait)
    expect((await ask(beside, ['/calls'])).body).toMatchObject({ calls: [{ id: own, document: 'north/a' }] })

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
    expect(await ask(beside, [`/calls/${own}`])).toMatchObject({ status: 200, body: { state: 'ended' } })
    await looksLikeNone()
  }) // prettier-ignore

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
