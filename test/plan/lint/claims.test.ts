/** What a document may claim, where the operator says in `owners` what is whose. */
import { describe, expect, test } from 'vitest'
import type { GrantEntries, OwnerEntry } from '../../../src/plan/grants.ts'
import { loadSet, type LoadOptions } from '../../../src/plan/loading/load-set.ts'
import { documentOn, setOf } from '../fixtures.ts'

function owner(entry: Partial<OwnerEntry>): OwnerEntry {
  return { numbers: [], domains: [], env: [], transferContexts: [], privateNetworks: [], ...entry }
}

function options(
  owners: Readonly<Record<string, Partial<OwnerEntry>>>,
  more: Partial<GrantEntries> = {},
): LoadOptions {
  const entries = Object.entries(owners).map(([name, entry]) => [name, owner(entry)] as const)
  const grants = { transferContexts: [], env: {}, owners: Object.fromEntries(entries), ...more }
  return { defaultCountry: 'NL', envIsSet: () => true, grants }
}

/** `document pointer message` of every error. */
async function errors(files: Readonly<Record<string, unknown>>, loading: LoadOptions): Promise<string[]> {
  const set = await loadSet(await setOf(files), loading)
  return set.errors.map(({ document, pointer, message }) => `${document} ${pointer} ${message}`)
}

const steps = (...list: object[]) => ({ plans: { main: { numbers: ['+31502100000'], steps: list } } })
const two = {
  acme: { numbers: ['+31502100000', '+315021001*'], domains: ['acme.example'] },
  bank: { numbers: ['+3150210*'], domains: ['bank.example'] },
}

describe('§1 numbers', () => {
  test('those of the owner are taken: the number itself, and what begins like a prefix', async () => {
    const files = {
      'acme.json': documentOn('+31502100000', '050 210 0123', '+3150210017*'),
      'bank.json': documentOn('+31502109999', '+3150210*'),
    }
    expect(await errors(files, options(two))).toEqual([])
  })

  test("a number inside somebody else's prefix does not validate, and the message says whose it is", async () => {
    expect(await errors({ 'acme.json': documentOn('+31502100000', '+31502109999') }, options(two))).toEqual([
      'acme /plans/main/numbers/1 "+31502109999" is not granted to this document: by owners in the configuration it is that of "bank"; take it out',
    ])
  })

  test('a number is not its prefix’s owner’s where somebody has it as such', async () => {
    expect(
      await errors({ 'bank.json': documentOn('0502100000', '+315021001*', '+31502100155') }, options(two)),
    ).toEqual([
      expect.stringMatching(/^bank \/plans\/main\/numbers\/0 "0502100000" .* "acme"/),
      expect.stringMatching(/^bank \/plans\/main\/numbers\/1 .* "acme"/),
      expect.stringMatching(/^bank \/plans\/main\/numbers\/2 .* "acme"/),
    ])
  })

  test('nobody’s number, a wider prefix and everything else do not validate either', async () => {
    expect(
      await errors({ 'acme.json': documentOn('+31201234567', '+3150*', '*', '215') }, options(two)),
    ).toEqual(
      [0, 1, 2, 3].map((i): unknown =>
        expect.stringMatching(
          new RegExp(
            `^acme /plans/main/numbers/${i} .*: take it out, or have the operator add it to owners$`,
          ),
        ),
      ),
    )
  })

  test('a document that no entry names owns nothing; a folder’s entry holds below it, the nearest one first', async () => {
    const owners = {
      'north/*': { numbers: ['+3150210*'] },
      'north/shop/*': { numbers: ['+31502111*'] },
      'north/shop/till': { numbers: ['+31502112*'] },
    }
    const files = {
      'other.json': documentOn('+31502100001'),
      'north/acme.json': documentOn('+31502100002'),
      'north/shop/acme.json': documentOn('+31502111003', '+31502100004'),
      'north/shop/till.json': documentOn('+31502112005', '+31502111006'),
    }
    expect(await errors(files, options(owners))).toEqual([
      expect.stringMatching(/^north\/shop\/acme \/plans\/main\/numbers\/1 .* "north\/\*"/),
      expect.stringMatching(/^north\/shop\/till \/plans\/main\/numbers\/1 .* "north\/shop\/\*"/),
      expect.stringMatching(/^other \/plans\/main\/numbers\/0 .* "north\/\*"/),
    ])
  })

  test('internal numbers are a document’s own within its own domain', async () => {
    const files = { 'acme.json': { domain: 'ACME.example', ...documentOn('215', '2*') } }
    expect(await errors(files, options(two))).toEqual([])
  })
})

describe('§1 domains', () => {
  test("another's domain does not validate", async () => {
    const files = { 'acme.json': { domain: 'bank.example', ...documentOn('215') } }
    expect(await errors(files, options(two))).toEqual([
      'acme /domain the domain "bank.example" is not granted to this document: by owners in the configuration it is that of "bank"; take it out',
    ])
  })

  test.each(['10.0.0.5', '127.1', '0x7f000001', '2130706433', 'a.0x7f', 'a..b', 'a-.b', '::1', '1.2.3.4.5'])(
    'a domain is a host name and never an address: %s',
    async (domain) => {
      const found = await errors({ 'acme.json': { domain, ...documentOn('215') } }, {})
      expect(found).toEqual([expect.stringMatching(/^acme \/domain .* is no domain; write a host name/)])
    },
  )

  test.each(['acme.example', 'xn--mller-kva.example', 'pbx', 'a-b.c0', 'a.b.c.d.e'])(
    '%s is one',
    async (domain) => {
      expect(await errors({ 'acme.json': { domain, ...documentOn('215') } }, {})).toEqual([])
    },
  )
})

describe('§3 env:', () => {
  const document = {
    webhooks: { crm: { urlTemplate: 'https://crm.example/', headers: { token: 'env:BANK_TOKEN' } } },
    ...steps({ type: 'webhook', webhook: 'crm' }),
  }

  test('names of an owner are granted to its documents, beside those of webhooks.env', async () => {
    const owners = { '*': { numbers: ['*'], env: ['BANK_TOKEN'] } }
    expect(await errors({ 'acme.json': document }, options(owners))).toEqual([])
    const named = { '*': { numbers: ['*'] } }
    expect(
      await errors({ 'acme.json': document }, options(named, { env: { acme: ['BANK_TOKEN'] } })),
    ).toEqual([])
  })

  test("another's name is not, and the message says whose it is", async () => {
    const owners = { acme: { numbers: ['*'] }, bank: { env: ['BANK_TOKEN'] } }
    expect(await errors({ 'acme.json': document }, options(owners))).toEqual([
      'acme /webhooks/crm/headers/token BANK_TOKEN is not granted to this document; by owners in the configuration it is that of "bank"; take it out',
    ])
  })
})

describe('§5 queue', () => {
  const grants = (queues: NonNullable<GrantEntries['queues']>, owners = {}) =>
    options({ '*': { numbers: ['*'] }, ...owners }, { queues })
  const queue = (name: string) => ({ 'acme.json': steps({ type: 'queue', queue: name }) })

  test('none unless the operator grants it, by the whole of its name', async () => {
    expect(await errors(queue('sales'), grants([]))).toEqual([
      'acme /plans/main/steps/0/queue the operator does not allow the queue "sales"; correct it, or have the operator grant it in queues or owners',
    ])
    const acme = [{ queues: 'acme-.*', maxWaiting: 3 }]
    expect(await errors(queue('acme-sales'), grants(acme))).toEqual([])
    expect(await errors(queue('not-acme-sales'), grants(acme))).toHaveLength(1)
  })

  test('an owner’s queues are for its documents alone', async () => {
    const owners = { acme: { numbers: ['*'], queues: [{ queues: 'sales' }] } }
    expect(await errors(queue('sales'), options(owners))).toEqual([])
    expect(
      await errors({ 'other.json': queue('sales')['acme.json'] }, options({ ...owners, other: {} })),
    ).toContainEqual(expect.stringMatching(/^other \/plans\/main\/steps\/0\/queue /))
  })
})

describe('§5 transfer', () => {
  const grants = (transferContexts: GrantEntries['transferContexts'], owners = {}) =>
    options({ '*': { numbers: ['*'] }, ...owners }, { transferContexts })
  const halls = [{ context: 'hall', extensions: '8\\d{3}' }]
  const transfer = (destination: string, context?: string) => ({
    'acme.json': steps({ type: 'transfer', destination, ...(context !== undefined && { context }) }),
  })

  test('nowhere unless the operator grants it', async () => {
    expect(await errors(transfer('8000'), grants([]))).toEqual([
      'acme /plans/main/steps/0/destination the operator does not allow transfers to "8000"; correct it, or have the operator grant it in transferContexts or owners',
    ])
  })

  test('to extensions that the pattern matches as a whole', async () => {
    expect(await errors(transfer('8000'), grants(halls))).toEqual([])
    expect(await errors(transfer('8000', 'hall'), grants(halls))).toEqual([])
    for (const extension of ['779', '98000', '80000', '0900123', '8000x'])
      expect(await errors(transfer(extension, 'hall'), grants(halls))).toHaveLength(1)
    expect(await errors(transfer('8000', 'hal'), grants(halls))).toEqual([
      'acme /plans/main/steps/0/context the operator does not allow transfers to the context "hal"; did you mean "hall"?',
    ])
  })

  test('an owner’s contexts are for its documents alone', async () => {
    const owners = { acme: { numbers: ['*'], transferContexts: halls } }
    expect(await errors(transfer('8000'), options(owners))).toEqual([])
    expect(
      await errors({ 'other.json': transfer('8000')['acme.json'] }, options({ ...owners, other: {} })),
    ).toContainEqual(expect.stringMatching(/^other \/plans\/main\/steps\/0\/destination /))
  })
})

describe('§5 bridge', () => {
  const owners = { '*': { numbers: ['*'], destinations: ['^\\+31', '^2\\d\\d$'] } }

  test('to destinations of the owner, as the routes would see them', async () => {
    const files = {
      'acme.json': steps({ type: 'bridge', destination: ['0612345678', '215', '+4930123456'] }),
    }
    expect(await errors(files, options(owners))).toEqual([
      'acme /plans/main/steps/0/destination/2 "+4930123456" is not granted to this document; correct it, or have the operator add it to its destinations in owners',
    ])
    const one = { 'acme.json': steps({ type: 'bridge', destination: '999' }) }
    expect(await errors(one, options(owners))).toEqual([
      expect.stringMatching(/^acme \/plans\/main\/steps\/0\/destination "999" /),
    ])
  })
})

test('§6 what records does not validate without a folder for recordings, but what stops it does', async () => {
  const document = steps(
    { type: 'record' },
    { type: 'bridge', destination: '215', record: true, on: { busy: [{ type: 'record', stop: true }] } },
  )
  const acme = { acme: { numbers: ['+31502100000'], destinations: ['.'] } }
  const instead =
    'the operator has no folder for recordings; take it out, or have the operator name one in recordings'
  expect(await errors({ 'acme.json': document }, options(acme))).toEqual([
    `acme /plans/main/steps/0 ${instead}`,
    `acme /plans/main/steps/1/record ${instead}`,
  ])
  expect(await errors({ 'acme.json': document }, options(acme, { mayRecord: true }))).toEqual([])
})

describe('§6 many documents and no owners', () => {
  const grants = { transferContexts: [], env: {} }
  const warnings = async (files: Record<string, unknown>, loading: LoadOptions) =>
    (await loadSet(await setOf(files), loading)).warnings.map(({ message }) => message)
  const files = { 'a.json': documentOn('1'), 'b.json': documentOn('2') }

  test('is told once', async () => {
    expect(await warnings(files, { grants })).toEqual([expect.stringMatching(/^any document may claim any/)])
  })

  test('not of one document, not with owners, and not where there is no configuration', async () => {
    expect(await warnings({ 'a.json': documentOn('1') }, { grants })).toEqual([])
    expect(await warnings(files, options({ '*': { numbers: ['*'] } }))).toEqual([])
    expect(await warnings(files, {})).toEqual([])
  })
})

test('configuration keepPrevious: a last good form that claims what it lost to somebody else does not serve', async () => {
  const previous = () => Promise.resolve(new Map<string, unknown>([['acme', documentOn('+31502109999')]]))
  const path = await setOf({ 'acme.json': '{', 'bank.json': documentOn('+31502108888') })
  const set = await loadSet(path, { ...options(two), previous })
  expect(set.documents.map(({ name }) => name)).toEqual(['bank'])
  expect(set.warnings[0]?.message).toContain('the document is left out until this is mended')
})

test('security with hideOwners a claim reads as if the thing were nobody’s', async () => {
  const files = (domain: string, number: string, key: string) => ({
    'acme.json': {
      domain,
      webhooks: { crm: { urlTemplate: 'https://crm.example/', headers: { token: `env:${key}` } } },
      plans: { main: { numbers: [number], steps: [{ type: 'webhook', webhook: 'crm' }] } },
    },
  })
  const hidden = options({ ...two, bank: { ...two.bank, env: ['BANK_TOKEN'] } }, { hideOwners: true })
  const theirs = await errors(files('bank.example', '+31502109999', 'BANK_TOKEN'), hidden)
  const nobodys = await errors(files('none.example', '+31201234567', 'NONE_TOKEN'), hidden)
  expect(theirs).toHaveLength(3)
  expect(theirs.join()).not.toContain('"bank"')
  const renamed = theirs.map((error) =>
    error
      .replace('bank.example', 'none.example')
      .replace('+31502109999', '+31201234567')
      .replace('BANK', 'NONE'),
  )
  expect(renamed).toEqual(nobodys)
  expect(await errors({ 'acme.json': documentOn('+31502100000') }, hidden)).toEqual([])
})
