import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig, type Config } from '../../src/config/config.ts'
import { BelplanError } from '../../src/util/errors.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-config-'))))
afterEach(() => rm(folder, { recursive: true }))

type Env = Record<string, string | undefined>

async function load(text: string | object, env: Env = {}): Promise<Config> {
  const file = join(folder, 'c.json')
  await writeFile(file, typeof text === 'string' ? text : JSON.stringify(text))
  return loadConfig({ file, env, cwd: '/' })
}

/** The faults, without the file's path. */
async function faults(text: string | object, env: Env = {}): Promise<string[]> {
  const error: unknown = await load(text, env).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof BelplanError)) throw new Error('the configuration was taken')
  expect(error.code).toBe('config')
  return error.details.map((line) => line.replace(`${folder}/c.json:`, ''))
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('configuration defaults', () => {
  test('an empty file is every default, frozen', async () => {
    const config = await load({})
    expect(config).toMatchObject({
      plans: join(folder, 'plans'),
      data: join(folder, 'data'),
      invalidDocuments: 'refuseSet',
      esl: { host: '127.0.0.1', port: 8084, allow: ['127.0.0.0/8', '::1'], maxCalls: 5000 },
      api: { host: '127.0.0.1', port: 8080, tokens: [] },
      routes: [],
      transferContexts: [],
      noPlanCause: 'UNALLOCATED_NUMBER',
      webhooks: {
        allowPrivateNetworks: [],
        env: {},
        maxConcurrent: 64,
        maxQueued: 64,
        requestsPerSecond: 250,
        breaker: { failureRate: 0.5, minimum: 10, windowSeconds: 30, openSeconds: 10 },
        maxTimeoutSeconds: 10,
      },
      limits: {
        callsPerMinute: 0,
        calls: 1000,
        perCaller: { callsPerMinute: 120, calls: 20 },
        bridgesPerCall: 20,
        legsPerSecond: 50,
        maxSeconds: 14400,
      },
      log: 'info',
    })
    expect(config.freeswitch).toEqual([])
    expect(config.defaultCountry).toBeUndefined()
    expect(config.timezone).toBeUndefined()
    expect(Object.isFrozen(config.webhooks.breaker)).toBe(true)
  })

  test('a section that is given in part keeps the defaults of the rest', async () => {
    const config = await load({ webhooks: { breaker: { minimum: 3 } }, limits: { perCaller: { calls: 2 } } })
    expect(config.webhooks.breaker).toEqual({
      failureRate: 0.5,
      minimum: 3,
      windowSeconds: 30,
      openSeconds: 10,
    })
    expect(config.limits.perCaller).toEqual({ callsPerMinute: 120, calls: 2 })
  })

  test('without a file the paths are relative to the working directory', async () => {
    const config = await loadConfig({ env: {}, cwd: folder })
    expect(config.file).toBeUndefined()
    expect(config.plans).toBe(join(folder, 'plans'))
  })
})

describe('configuration where the configuration is found', () => {
  test('--config comes before BELPLAN_CONFIG, which comes before belplan.json', async () => {
    for (const name of ['given', 'named', 'belplan']) {
      await writeFile(join(folder, `${name}.json`), JSON.stringify({ plans: name }))
    }
    const env = { BELPLAN_CONFIG: 'named.json' }
    const plans = async (options: { file?: string; env: Env }) =>
      (await loadConfig({ cwd: folder, ...options })).plans
    expect(await plans({ file: 'given.json', env })).toBe(join(folder, 'given'))
    expect(await plans({ env })).toBe(join(folder, 'named'))
    expect(await plans({ env: {} })).toBe(join(folder, 'belplan'))
  })

  test('a file that is named and not there is an error that names it', async () => {
    await expect(loadConfig({ file: 'none.json', env: {}, cwd: folder })).rejects.toThrow(/none\.json/)
  })

  test('a file that is not UTF-8 is an error that says where', async () => {
    await writeFile(join(folder, 'l1.json'), Buffer.from([0x7b, 0x22, 0xe9, 0x22]))
    await expect(loadConfig({ file: 'l1.json', env: {}, cwd: folder })).rejects.toMatchObject({
      details: [expect.stringMatching(/l1\.json:1:\d+ .*UTF-8/)],
    })
  })
})

describe('configuration errors', () => {
  test('every error is reported at once with line, column, pointer and what to write', async () => {
    const text = `{
  "plan": "x",
  "esl": { "port": 70000, "alow": [] },
  "noPlanCause": "NO_SUCH",
  "routes": [{ "match": "^1", "dial": 7 }, { "match": "^2" }]
}`
    expect(await faults(text)).toEqual([
      '2:3 /plan unknown field "plan"; did you mean "plans"?',
      '3:20 /esl/port must be at most 65535',
      '3:27 /esl/alow unknown field "alow"; did you mean "allow"?',
      expect.stringMatching(/^4:18 \/noPlanCause must be one of 80 words such as "UNALLOCATED_NUMBER", /),
      '5:39 /routes/0/dial must be text in double quotes',
      '5:44 /routes/1 must have exactly one of `dial` and `deny`',
    ])
  })

  test('a folder for recordings is an absolute path that FreeSWITCH reads as it is written', async () => {
    for (const recordings of ['recordings', '/a/../b', '/a b', '/${x}'])
      expect(await faults({ recordings })).toEqual([
        expect.stringMatching(/^1:15 \/recordings must be an absolute path on the machine of FreeSWITCH/),
      ])
  })

  test.each([
    ['{ "plans": "a", }', /^1:17 \/ not JSON: /],
    ['{ // no\n}', /^1:3 \/ not JSON: comments are not JSON$/],
    ['[]', /^1:1 \/ must be a JSON object/],
    ['', /^1:1 \/ the file is empty$/],
    ['{ "log": "info", "log": "debug" }', /^1:18 \/log "log" is there already, at 1:3/],
    ['{ "__proto__": {} }', /^1:16 \/__proto__ /],
  ])('%s', async (text, expected) => {
    expect(await faults(text)).toEqual([expect.stringMatching(expected)])
  })

  test.each([
    [{ esl: { allow: ['10.0.0.0/33'] } }, '/esl/allow/0 must be an address or a network'],
    [{ webhooks: { allowPrivateNetworks: ['crm'] } }, '/webhooks/allowPrivateNetworks/0 must be an address'],
    [{ webhooks: { allowPrivateNetworks: ['::1', '10.1'] } }, '/webhooks/allowPrivateNetworks/1 must be an'],
    [{ webhooks: { allowPrivateNetworks: ['10.1/16'] } }, '/webhooks/allowPrivateNetworks/0 must be an'],
    [{ webhooks: { allowPrivateNetworks: ['10.0.0.0/33'] } }, '/webhooks/allowPrivateNetworks/0 must be an'],
    [{ webhooks: { allowPrivateNetworks: ['0x7f000001'] } }, '/webhooks/allowPrivateNetworks/0 must be an'],
    [{ defaultCountry: 'XX' }, '/defaultCountry must be a country by its two ISO letters'],
    [{ defaultCountry: 'nl' }, '/defaultCountry must be a country by its two ISO letters'],
    [{ timezone: 'Europe/Amsterdm' }, '/timezone "Europe/Amsterdm" is no time zone; did you mean'],
    [{ timezone: '+01:00' }, '/timezone "+01:00" is no time zone; write one'],
    [{ limits: { maxSeconds: 1_000_000 } }, '/limits/maxSeconds must be at most 604800'],
    [
      { routes: [{ match: '^1', dial: 'user/1', maxSeconds: 604_801 }] },
      '/routes/0/maxSeconds must be at most',
    ],
    [{ limits: { calls: -1 } }, '/limits/calls must be at least 0'],
    [{ limits: { calls: 1.5 } }, '/limits/calls must be a whole number'],
    [
      { transferContexts: ['default'] },
      '/transferContexts/0 must be an object in { } such as {"context":"default","extensions":"8\\\\d{3}"}',
    ],
    [{ transferContexts: [{ context: 'default' }] }, '/transferContexts/0 "extensions" is missing here'],
    [
      { transferContexts: [{ context: 'default', extensions: '(?=1)' }] },
      '/transferContexts/0/extensions cannot be matched in linear time',
    ],
    [{ owners: { 'a b': {} } }, '/owners/a b must be a document such as `acme`'],
    [{ owners: { 'north*': {} } }, '/owners/north* must be a document such as `acme`'],
    [{ owners: { acme: { numbers: ['+31x'] } } }, '/owners/acme/numbers/0 must be a number such as'],
    [{ owners: { acme: { domains: ['10.0.0.5'] } } }, '/owners/acme/domains/0 must be a host name'],
    [
      { owners: { acme: { privateNetworks: ['10.1'] } } },
      '/owners/acme/privateNetworks/0 must be an address',
    ],
    [{ owners: { acme: { destinations: ['('] } } }, '/owners/acme/destinations/0 cannot be matched'],
    [
      { owners: { acme: { number: [] } } },
      '/owners/acme/number unknown field "number"; did you mean "numbers"?',
    ],
    [
      {
        defaultCountry: 'NL',
        owners: { acme: { numbers: ['+31502100000'] }, bank: { numbers: ['050 210 0000'] } },
      },
      '/owners/bank/numbers/0 is listed for `acme` already',
    ],
    [{ checkpointSecret: 'short' }, '/checkpointSecret must be at least 16 characters long'],
    [{ checkpointSecret: ['0123456789abcdef'] }, '/checkpointSecret must have 2 items'],
    [{ checkpointSecret: ['0123456789abcdef', 'x'] }, '/checkpointSecret/1 must be at least 16 characters'],
    [{ checkpointSecret: 7 }, '/checkpointSecret must be text in double quotes or a list in [ ]'],
    [{ webhooks: { breaker: { failureRate: 0 } } }, '/webhooks/breaker/failureRate must be more than 0'],
    [{ webhooks: { env: { acme: ['A-B'] } } }, '/webhooks/env/acme/0 must match'],
    [{ log: 'loud' }, '/log must be "fatal", "error"'],
    [{ freeswitch: {} }, '/freeswitch "password" is missing here'],
    [{ freeswitch: 8021 }, '/freeswitch must be an object in { } or a list in [ ]'],
    [{ freeswitch: [{ password: 'x' }, { port: 8022 }] }, '/freeswitch/1 "password" is missing here'],
    [{ freeswitch: [{ password: 'x', name: 'a b' }] }, '/freeswitch/0/name must be a name of up to 64'],
    [
      {
        freeswitch: [
          { password: 'x', name: 'a' },
          { password: 'x', name: 'b' },
        ],
      },
      '/freeswitch/1 has the event socket of one above',
    ],
    [
      {
        freeswitch: [
          { password: 'x', name: 'a' },
          { password: 'x', port: 8022, name: 'a' },
        ],
      },
      '/freeswitch/1/name is the name of one above',
    ],
    [{ traces: {} }, '/traces "url" is missing here'],
    [
      { traces: { url: 'collector:4318' } },
      '/traces/url must be a URL such as `http://127.0.0.1:4318/v1/traces`',
    ],
    [
      { traces: { url: 'http://me:hush@collector.example/' } },
      '/traces/url must not hold a user name or password',
    ],
    [{ traces: { url: 'http://collector.example/', sample: 0 } }, '/traces/sample must be more than 0'],
    [
      { traces: { url: 'http://collector.example/', headers: { 'a b': 'x' } } },
      '/traces/headers/a b must be the name of a header',
    ],
    [
      { traces: { url: 'http://collector.example/', headers: { a: 'x\ny' } } },
      '/traces/headers/a must be printable ASCII',
    ],
    [{ freeswitch: { password: 'a\nb' } }, '/freeswitch/password must be printable ASCII'],
    [{ freeswitch: { password: '' } }, '/freeswitch/password must be printable ASCII'],
    [{ freeswitch: { password: 'ClueCon' } }, '/freeswitch/password is known to everybody'],
    [{ freeswitch: { password: 'change-me' } }, '/freeswitch/password is known to everybody'],
    [{ api: { token: 'x' } }, '/api/token must be at least 16 characters'],
    [{ api: { token: 'fifteen-letters' } }, '/api/token must be at least 16 characters'],
    [{ api: { token: 'a token that no client can send' } }, '/api/token must be at least 16 characters'],
  ])('%j', async (config, expected) => {
    expect(await faults(config)).toEqual([expect.stringContaining(expected)])
  })
})

describe('configuration freeswitch', () => {
  test('one is a list of one, and each is named by its event socket, unless it has a name', async () => {
    const one = await load({ freeswitch: { password: 'env:FS' } }, { FS: 'x' })
    expect(one.freeswitch).toMatchObject([{ name: '127.0.0.1:8021', host: '127.0.0.1', port: 8021 }])
    const list = [
      { name: 'a', password: 'y' },
      { host: 'fs-b', port: 8022, password: 'env:FS' },
    ]
    const { freeswitch } = await load({ freeswitch: list }, { FS: 'x' })
    expect(freeswitch).toMatchObject([
      { name: 'a', host: '127.0.0.1', port: 8021 },
      { name: 'fs-b:8022', host: 'fs-b', port: 8022 },
    ])
    expect(freeswitch.map(({ password }) => password.reveal())).toEqual(['y', 'x'])
  })
})

describe('configuration env:', () => {
  test('any string may come from the environment', async () => {
    const config = await load(
      { plans: 'env:PLANS', routes: [{ match: '^1', dial: 'env:DIAL' }], api: { token: 'env:TOKEN' } },
      { PLANS: '/srv/plans', DIAL: 'user/{destination}', TOKEN: 'hush-hush-hush-hush' },
    )
    expect(config.plans).toBe('/srv/plans')
    expect(config.routes[0]).toMatchObject({ kind: 'dial', dial: 'user/{destination}' })
    expect(config.api.tokens.map(({ digest }) => digest.reveal())).toEqual([sha256('hush-hush-hush-hush')])
  })

  test.each([[{}], [{ TOKEN: '' }]])('a name that is not set is one error: %j', async (env) => {
    expect(await faults({ api: { token: 'env:TOKEN' }, noPlanCause: 'env:TOKEN' }, env)).toEqual([
      '1:17 /api/token names the environment variable TOKEN, which is not set',
      '1:44 /noPlanCause names the environment variable TOKEN, which is not set',
    ])
  })

  test('tokens and the password are not printed by accident', async () => {
    const config = await load({
      api: { token: 'hush-1-hush-1-hush-1' },
      freeswitch: [{ password: 'hush-2' }],
      traces: { url: 'http://127.0.0.1:4318/', headers: { Authorization: 'hush-3' } },
    })
    const printed = [JSON.stringify(config), inspect(config, { depth: 9 })].join()
    expect(printed).not.toContain('hush')
    expect(printed).not.toContain(sha256('hush-1-hush-1-hush-1'))
    expect(printed).toContain('[redacted]')
  })
})

describe('configuration the API', () => {
  test.each(['0.0.0.0', '192.0.2.1', '::', 'api.example'])(
    'on %s without a token is an error',
    async (host) => {
      expect(await faults({ api: { host } })).toEqual([
        expect.stringMatching(/^1:8 \/api listens on .*set `token` or `tokens`/),
      ])
      expect((await load({ api: { host, token: 't'.repeat(16) } })).api.host).toBe(host)
      const tokens = { ci: { token: 't'.repeat(16), right: 'publish' } }
      expect((await load({ api: { host, tokens } })).api.host).toBe(host)
    },
  )

  test.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', 'localhost'])(
    'on %s needs none',
    async (host) => {
      expect((await load({ api: { host } })).api.host).toBe(host)
    },
  )
})

describe('configuration api.tokens', () => {
  const long = (letter: string) => letter.repeat(16)

  test('each has its name, its right and its documents; api.token is one admin; all are digests', async () => {
    const config = await load(
      {
        api: {
          token: long('a'),
          tokens: {
            monitoring: { token: 'env:MONITORING', right: 'read' },
            'north-ci': {
              token: `sha256:${sha256('n').toUpperCase()}`,
              right: 'publish',
              documents: ['north/*'],
            },
          },
        },
      },
      { MONITORING: long('m') },
    )
    expect(config.api.tokens.map(({ digest, ...rest }) => ({ ...rest, digest: digest.reveal() }))).toEqual([
      { name: 'token', right: 'admin', digest: sha256(long('a')) },
      { name: 'monitoring', right: 'read', digest: sha256(long('m')) },
      { name: 'north-ci', right: 'publish', documents: ['north/*'], digest: sha256('n') },
    ])
    expect(Object.isFrozen(config.api.tokens[2]?.documents)).toBe(true)
  })

  const ci = (entry: object) => ({ api: { tokens: { ci: { token: long('t'), right: 'read', ...entry } } } })

  test.each<[object, string]>([
    [ci({ token: 'fifteen-letters' }), '/api/tokens/ci/token must be at least 16 characters'],
    [ci({ token: `sha256:${'0'.repeat(63)}` }), '/api/tokens/ci/token must have 64 hex digits after `sha256:`'],
    [ci({ token: `sha256:${'0'.repeat(63)}g` }), '/api/tokens/ci/token must have 64 hex digits'],
    [{ api: { token: 'sha256:0123456789abcdef' } }, '/api/token must have 64 hex digits after `sha256:`'],
    [ci({ right: 'write' }), '/api/tokens/ci/right must be "read", "publish" or "admin"'],
    [ci({ documents: [] }), '/api/tokens/ci/documents must have 1 or more items'],
    [ci({ documents: ['north*'] }), '/api/tokens/ci/documents/0 must be a document such as `acme`'],
    [ci({ documents: ['../x'] }), '/api/tokens/ci/documents/0 must be a document such as `acme`'],
    [ci({ document: ['x'] }), '/api/tokens/ci/document unknown field "document"; did you mean "documents"?'],
    [{ api: { tokens: { ci: { right: 'read' } } } }, '/api/tokens/ci "token" is missing here'],
    [{ api: { tokens: { ci: { token: long('t') } } } }, '/api/tokens/ci "right" is missing here'],
    [{ api: { tokens: {} } }, '/api/tokens must have at least one entry'],
    [{ api: { tokens: { 'a b': { token: long('t'), right: 'read' } } } }, '/api/tokens/a b must be a name'],
    [{ api: { tokens: { local: { token: long('t'), right: 'read' } } } }, '/api/tokens/local is a name with a meaning of its own'],
    [{ api: { tokens: { signal: { token: long('t'), right: 'read' } } } }, '/api/tokens/signal is a name with'],
    [{ api: { tokens: { token: { token: long('t'), right: 'read' } } } }, '/api/tokens/token is a name with'],
  ])('%j', async (config, expected) => {
    expect(await faults(config)).toEqual([expect.stringContaining(expected)])
  }) // prettier-ignore

  test('two names for one token are an error, however it is written', async () => {
    const a = { token: long('a'), right: 'read' }
    const digest = { token: `sha256:${sha256(long('a'))}`, right: 'admin' }
    expect(await faults({ api: { tokens: { a, b: digest } } })).toEqual([
      expect.stringContaining('/api/tokens/b/token is the token of `a` already'),
    ])
    expect(await faults({ api: { token: long('a'), tokens: { b: digest } } })).toEqual([
      expect.stringContaining('/api/tokens/b/token is the token of `token` already'),
    ])
    expect(await faults({ api: { tokens: { a: { ...a, token: 'env:A' }, b: digest } } }, { A: long('a') })).toEqual([
      expect.stringContaining('/api/tokens/b/token is the token of `a` already'),
    ])
  }) // prettier-ignore

  test('the same name twice is an error', async () => {
    const entry = JSON.stringify({ token: long('a'), right: 'read' })
    expect(await faults(`{ "api": { "tokens": { "a": ${entry}, "a": ${entry} } } }`)).toEqual([
      expect.stringContaining('/api/tokens/a "a" is there already'),
    ])
  })

  test('no fault shows a token', async () => {
    const found = await faults(ci({ token: 'hush hush hush hush' }))
    expect(found.join()).not.toContain('hush')
  })
})

describe('configuration routes', () => {
  test('are compiled, with their groups', async () => {
    const { routes } = await load({
      routes: [
        { match: '^\\+31(900)', deny: 'premium' },
        { match: '^\\+(\\d{2})', dial: 'sofia/gateway/{1}/{destination}', maxSeconds: 60 },
      ],
    })
    expect(routes.map(({ kind, match }) => [kind, match.test('+31900123')])).toEqual([
      ['deny', true],
      ['dial', true],
    ])
    expect(routes[1]).toMatchObject({ maxSeconds: 60 })
    expect(routes[1]!.match.pattern()).toBe('^\\+(\\d{2})')
  })

  test('a pattern that backtracking engines choke on is matched at once', async () => {
    const { routes } = await load({ routes: [{ match: '^(1+)+$', deny: 'x' }] })
    const start = performance.now()
    expect(routes[0]!.match.test('1'.repeat(5000) + '2')).toBe(false)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  test.each([
    [{ match: '(?=1)', dial: 'user/1' }, '/routes/0/match cannot be matched in linear time'],
    [{ match: '(1)\\1', dial: 'user/1' }, '/routes/0/match cannot be matched in linear time'],
    [{ match: '(', dial: 'user/1' }, '/routes/0/match cannot be matched in linear time'],
    [{ match: '1', dial: 'user/${domain}' }, '/routes/0/dial must not hold `${`'],
    [{ match: '1', dial: 'user/{number}' }, '/routes/0/dial has the unknown placeholder {number}'],
    [{ match: '(1)', dial: 'user/{2}' }, '/routes/0/dial names {2}, but `match` has no group 2'],
    [{ match: '1', dial: '{api_on_originate=x}user/1' }, '/routes/0/dial has the unknown placeholder'],
    [{ match: '1', dial: 'loopback/app=system:id' }, '/routes/0/dial must read like sofia/gateway/carrier'],
    [{ match: '1', dial: '[a=b]user/1' }, '/routes/0/dial must be endpoints only'],
    [{ match: '1', dial: 'user/1\nx' }, '/routes/0/dial must be printable ASCII'],
    [{ match: '1', dial: 'user/1', deny: 'x' }, '/routes/0 must have exactly one of `dial` and `deny`'],
    [{ match: '1', deny: 'x', maxSeconds: 3 }, '/routes/0/maxSeconds means nothing with `deny`'],
    [{ match: '1', dial: 'user/1', maxSeconds: 0 }, '/routes/0/maxSeconds must be at least 1'],
  ])('%j', async (route, expected) => {
    expect(await faults({ routes: [route] })).toEqual([expect.stringContaining(expected)])
  })
})
