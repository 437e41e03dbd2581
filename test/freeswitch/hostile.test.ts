/**
 * Hostile callers, webhooks, plans and callees on a FreeSWITCH that forbids nothing: `${system …}` is expanded
 * and every application there is may be run, so that only the controller stands between them and a shell.
 */
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createChecker } from '../../src/plan/loading/check-document.ts'
import { startControllerProcess, type ControllerProcess } from '../harness/controller-process.ts'
import { edit } from './harness/configuration.ts'
import { startHooks, type Hook, type HookServer } from './harness/hooks.ts'
import { hostileValues } from './harness/hostile-values.ts'
import { openParty, type Behaviour, type Party } from './harness/party.ts'
import { freeTcpPorts, reserveMediaPorts } from '../harness/ports.ts'
import { createProcessGroup } from '../harness/processes.ts'
import { header, party, type SipMessage } from './harness/sip.ts'
import { startSwitch, type Switch } from './harness/switch.ts'
import { findFreeSwitch } from './harness/tools.ts'
import { until } from '../harness/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'belplan-hostile-'))
const canaries = join(folder, 'canaries')
const recordings = join(folder, 'recordings')
const { run, end } = createProcessGroup()
const values = hostileValues.map((value, i) => value.replaceAll('FILE', join(canaries, String(i))))

const CODE = '471199350'
const WRONG_CODE = '8642097531'
const SECRETS = { ACME_TOKEN: 'bearer-6a1f0c77d2', ACME_SIGNING: 'whsec_c2lnbmluZy1zZWNyZXQtOTE=' }
const API_TOKEN = 'api-token-5d0e9b'
/** A secret variable; longer than a name, or what a warning quotes, may be. */
const TOKEN = Array.from({ length: 40 }, (_, i) => `t0k${i}`)
  .join('-')
  .slice(0, 150)

/** Numbers that lead to plans. */
const [HOSTILE, SUFFERED, REDIRECTED, REFERRED, LOOPED, SECRET, VARIED, KEPT, RECORDED] = [
  ...['01', '02', '03', '04', '05', '06', '07', '08', '09'],
].map((n) => `+315021000${n}`) as [
  ...[string, string, string, string, string],
  ...[string, string, string, string],
]

let hooks: HookServer
let answered: Hook
let protectedHook: Hook
let varied: Hook
let told: Hook
let vault: Hook
let freeswitch: Switch
let controller: ControllerProcess
const parties: Record<
  'caller' | 'callee' | 'carrier' | 'evil' | 'redirecting' | 'referring' | 'talking',
  Party
> = {} as never
/** Plans that validate although their text is hostile, by number. */
const texts = new Map<string, string>()

/** What an operator who never read docs/security.md has. */
function soften(conf: string): void {
  edit(conf, 'autoload_configs/switch.conf.xml', (shipped) => {
    const softened = shipped
      .replace('name="api-expansion" value="false"', 'name="api-expansion" value="true"')
      .replace('$${sessions_per_second}', '1000')
      .replace(/<interface-allowlist>[\s\S]*<\/interface-allowlist>/, '')
    if (softened.length > shipped.length - 1000) throw new Error('the configuration is as hard as before')
    return softened
  })
}

const bridge = (party: Party) => ({ type: 'bridge', destination: `9${party.port}`, ringSeconds: 3 })

function documents(): Record<string, unknown> {
  const { callee, redirecting, referring, talking } = parties
  const name = { type: 'callername', mode: 'webhook' }
  const plan = (numbers: readonly string[], ...steps: readonly object[]) => ({ numbers, steps })
  const enter = { startMessage: 'tone', attempts: 2, timeoutSeconds: 3, interDigitSeconds: 1 }
  return {
    acme: {
      audio: { tone: 'tone_stream://%(100,0,500)' },
      webhooks: {
        crm: { urlTemplate: `${answered.url}?n={callername}&c={callerid}` },
        pin: {
          urlTemplate: `${protectedHook.url}?code={code}`,
          headers: { Authorization: 'env:ACME_TOKEN' },
          signingSecret: 'env:ACME_SIGNING',
          ivr: enter,
        },
        varied: { urlTemplate: `${varied.url}?c={callerid}` },
        told: { urlTemplate: `${told.url}/{var.v}?v={var.v}&t={var.token}`, method: 'POST' },
        vault: { urlTemplate: vault.url, secretVariables: ['token'] },
        used: { urlTemplate: `${vault.url}?t={var.token}` },
      },
      addressBook: { '+3161*': 'From the book', '+3161200*': "Jane's ${x}" },
      plans: {
        hostile: plan(
          [HOSTILE],
          bridge(callee),
          {
            type: 'webhook',
            webhook: 'crm',
            success: [name, { type: 'bridge', from: 'webhook', ringSeconds: 1 }, bridge(callee)],
            failure: [bridge(callee)],
          },
          { type: 'callername', mode: 'prepend', text: 'VIP ' },
          bridge(callee),
        ),
        anyone: plan(['*'], bridge(callee)),
        suffered: plan(
          [SUFFERED],
          { type: 'callername', mode: 'book' },
          { type: 'callername', mode: 'append', text: '{var.none}!' },
          ...['callerid', 'callername', 'country', 'did'].map((on) => ({
            ...{ type: 'switch', on },
            cases: [
              {
                match: on === 'country' ? 'NL' : on === 'callername' ? ['${*', 'x'] : ['+*', '215'],
                steps: [],
              },
            ],
          })),
          { type: 'call', plan: 'shown' },
        ),
        shown: plan([], { type: 'callerid', presentation: 'called' }, bridge(callee)),
        varied: {
          ...plan([VARIED], {
            type: 'webhook',
            webhook: 'varied',
            success: [
              { type: 'callername', mode: 'append', text: '{var.v}' },
              bridge(callee),
              { type: 'callername', mode: 'replace', text: '{var.v}' },
              { type: 'call', plan: 'shown' },
              { type: 'bridge', from: 'webhook', ringSeconds: 1 },
              { type: 'notify', webhook: 'told' },
              { type: 'webhook', webhook: 'told', success: [name] },
              { type: 'callername', mode: 'prepend', text: '{var.v}{var.w}' },
              {
                type: 'switch',
                on: { variable: 'v' },
                cases: [{ match: ['${*', '{*', 'a*'], steps: [bridge(callee)] }],
              },
              { type: 'callerid', presentation: 'suppressed' },
              bridge(callee),
            ],
          }),
          missed: 'told',
        },
        kept: {
          ...plan([KEPT], {
            type: 'webhook',
            webhook: 'vault',
            success: [
              name,
              bridge(callee),
              {
                type: 'webhook',
                webhook: 'used',
                success: [name, { type: 'callername', mode: 'append', text: ' {var.echo}' }, bridge(callee)],
              },
              { type: 'notify', webhook: 'told' },
              {
                type: 'switch',
                on: { variable: 'token' },
                cases: [{ match: `${TOKEN.slice(0, 3)}*`, steps: [bridge(callee)] }],
              },
            ],
          }),
          missed: 'told',
        },
        redirected: plan([REDIRECTED], bridge(redirecting)),
        referred: plan([REFERRED], bridge(referring)),
        recorded: plan([RECORDED, '07*'], { type: 'record' }, bridge(callee), bridge(talking)),
        looped: plan([LOOPED], { type: 'bridge', destination: '77' }),
        secret: plan([SECRET], { type: 'webhook', webhook: 'pin', success: [name, bridge(callee)] }),
      },
    },
    ...textDocuments(),
  }
}

/** Each value as text of a plan, and as audio, where a plan may hold it. */
function textDocuments(): Record<string, unknown> {
  const checker = createChecker({
    defaultCountry: 'NL',
    grants: { transferContexts: [{ context: 'default', extensions: '8\\d{3}' }], env: {} },
  })
  const made: Record<string, unknown> = {}
  values.forEach((value, i) => {
    const number = `+31502200${String(i).padStart(3, '0')}`
    const shown = { type: 'callername', mode: 'replace', text: value }
    const played = { type: 'play', audio: 'x', answer: false }
    const destination = { type: 'bridge', destination: value, ringSeconds: 1 }
    for (const [kind, steps] of Object.entries({
      name: [shown, { ...bridge(parties.callee), callerName: value }],
      audio: [played, { ...bridge(parties.callee), ringback: 'x', announce: 'x', confirm: true }],
      destination: [destination],
    })) {
      const audio = kind === 'audio' ? { audio: { x: value } } : {}
      const document = {
        ...audio,
        plans: { main: { numbers: [number], steps: [...steps, bridge(parties.callee)] } },
      }
      const bytes = Buffer.from(JSON.stringify(document))
      if (checker.check('text', 'text', bytes).errors.length > 0) continue
      made[`text-${kind}-${i}`] = document
      texts.set(number, value)
      break
    }
    const book = {
      addressBook: { '+31612345678': value.slice(0, 64) },
      plans: {
        main: {
          numbers: [number.replace('+315022', '+315023')],
          steps: [
            { type: 'callername', mode: 'book' },
            {
              type: 'switch',
              on: 'callername',
              cases: [{ match: [value.slice(0, 64)], steps: [bridge(parties.callee)] }],
            },
          ],
        },
      },
    }
    if (checker.check('book', 'book', Buffer.from(JSON.stringify(book))).errors.length > 0) return
    made[`book-${i}`] = book
    texts.set(number.replace('+315022', '+315023'), value)
  })
  return made
}

beforeAll(async () => {
  const program = findFreeSwitch(process.env)
  if (program === undefined) throw new Error('no FreeSWITCH')
  for (const name of ['switch', 'controller', 'canaries']) mkdirSync(join(folder, name))
  hooks = await startHooks()
  // What a hostile server answers is what its caller has sent: each value comes in once.
  answered = hooks.hook((response, { query }) => {
    const value = values[Number(query.get('c')?.slice(-3))] ?? ''
    const json = JSON.stringify({ status: 'ACK', callername: value, destination: value })
    const form = `status=ACK&callername=${value}&destination=${value}`
    const asJson = value.length % 2 === 0
    response
      .writeHead(200, { 'content-type': asJson ? 'application/json' : 'text/plain' })
      .end(asJson ? json : form)
  })
  protectedHook = hooks.hook((response, { query }) => {
    const code = query.get('code') ?? ''
    const echo = `callername=You said ${code}`
    response
      .writeHead(200)
      .end(code === CODE ? `status=ACK&${echo}` : `status=NAK&${echo}&destination=${code}`)
  })
  varied = hooks.hook((response, { query }) => {
    const value = values[Number(query.get('c')?.slice(-3))] ?? ''
    const answer = {
      status: 'ACK',
      callername: value,
      destinations: [
        value,
        '215',
        `8${value.replace(/[^0-9]/g, '')}`,
        `9${parties.callee.port}`,
        '+31900123456',
      ],
      variables: { v: value, w: value.slice(0, 256), [value]: value, n: 4711, b: true },
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  told = hooks.hook((response, { query }) => {
    const answer = { status: 'ACK', callername: query.get('v'), variables: { v: `${query.get('v') ?? ''}!` } }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  vault = hooks.hook((response, { query }) => {
    const token = query.get('t') ?? TOKEN
    const answer = {
      status: 'ACK',
      callername: `Jane ${token}`,
      destination: token,
      destinations: [token, `no ${token}`],
      variables: { echo: `an echo: ${token}`.slice(0, 256), token, [token]: token },
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  const tcp = await freeTcpPorts(4)
  const [esl, none, apiPort, eventSocket] = tcp as [number, number, number, number]
  const firstRtp = 12_000 + 2 * Math.floor(Math.random() * 9000)
  const reserved = await reserveMediaPorts(2, firstRtp + 1002)
  const [externalSip, internalSip] = [reserved.take(), reserved.take()]
  const open = (behaviour?: Behaviour) => openParty(externalSip, behaviour)
  for (const name of ['caller', 'callee', 'carrier', 'evil'] as const) parties[name] = await open()
  const elsewhere = `<sip:+31900123456@127.0.0.1:${parties.evil.port}>`
  parties.redirecting = await open({ status: '302 Moved Temporarily', headers: [`Contact: ${elsewhere}`] })
  parties.referring = await open({
    status: '200 OK',
    then: { method: 'REFER', headers: [`Refer-To: ${elsewhere}`, `Referred-By: ${elsewhere}`] },
  })
  // Talks for a moment, and hangs up.
  parties.talking = await open({ status: '200 OK', then: { method: 'OPTIONS', headers: [] } })
  await reserved.close()
  const ports = {
    externalSip,
    internalSip,
    carrier: parties.carrier.port,
    eventSocket,
    firstRtp,
    lastRtp: firstRtp + 1000,
  }
  const controllers = [`127.0.0.1:${esl}`, `127.0.0.1:${none}`] as const
  freeswitch = await startSwitch({
    freeswitch: program,
    folder: join(folder, 'switch'),
    run,
    controllers,
    ports,
    change: soften,
  })
  Object.assign(process.env, SECRETS)
  controller = await startControllerProcess({
    ...{ folder: join(folder, 'controller'), run, apiPort, documents: documents() },
    config: {
      defaultCountry: 'NL',
      recordings,
      log: 'trace',
      esl: { host: '127.0.0.1', port: esl },
      api: { host: '127.0.0.1', port: apiPort, token: API_TOKEN },
      freeswitch: { host: '127.0.0.1', port: eventSocket, password: freeswitch.password },
      webhooks: { allowPrivateNetworks: ['127.0.0.0/8'], env: { acme: Object.keys(SECRETS) } },
      routes: [
        { match: '^\\+31900', deny: 'premium numbers are not allowed' },
        { match: '^2\\d\\d$', dial: 'user/{destination}@{domain}' },
        { match: '^9(\\d{5})$', dial: 'sofia/external/{destination}@127.0.0.1:{1}' },
        { match: '^77$', dial: `sofia/external/${LOOPED}@127.0.0.1:${externalSip}` },
        { match: '^\\+', dial: 'sofia/gateway/carrier/{destination}' },
      ],
    },
  })
})

let failed = false
afterEach(({ task }) => void (failed ||= task.result?.state === 'fail'))
afterAll(async () => {
  await Promise.all([...Object.values(parties).map((party) => party.close()), hooks.close(), end()])
  if (failed) console.error(`--- all files are in ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
})

/** Calls side by side, so many at a time. */
async function each<T, R>(list: readonly T[], act: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < list.length; at = next++) results[at] = await act(list[at]!, at)
  }
  await Promise.all(Array.from({ length: 16 }, work))
  return results
}

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
/** A user part: what may not stand in one is percent-encoded (RFC 3261, section 25.1). */
const user = (text: string) =>
  [...Buffer.from(text)]
    .map((byte) =>
      /[\w.!~*'()&=+$,;?/-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('')
const number = (i: number) => `+31612000${String(i).padStart(3, '0')}`

/** The headers that an INVITE of FreeSWITCH has; none of them is the caller's to add. */
const KNOWN = new Set([
  'via', 'max-forwards', 'from', 'to', 'call-id', 'cseq', 'contact', 'user-agent', 'allow', 'supported', 'allow-events', 'privacy', 'content-type', 'content-disposition',
  'content-length', 'remote-party-id', 'p-asserted-identity', 'x-fs-support', 'x-belplan-hops', 'x-belplan-legs', 'session-expires', 'min-se',
]) // prettier-ignore

function expectClean(invites: readonly SipMessage[]): void {
  for (const message of invites) {
    const { headers, text, start } = message
    const names = headers.map(([name]) => name.toLowerCase())
    expect(names.filter((name) => !KNOWN.has(name))).toEqual([])
    expect(new Set(names).size, 'a header twice').toBe(names.length)
    expect(text.split('\r\n\r\n')[0]).not.toMatch(/[\0\x07\x1b]|[^\r]\n/)
    // FreeSWITCH answers an asserted identity with one, of what the caller's leg was told to show.
    const asserted = headers.find(([name]) => name.toLowerCase() === 'p-asserted-identity')?.[1]
    if (asserted !== undefined) expect(party(asserted)?.user).toBe(party(header(message, 'from'))?.user)
    expect(start).toMatch(/^INVITE sip:(?:9\d{5}|\+\d+)@127\.0\.0\.1:\d+(?:;\S+)? SIP\/2\.0$/)
  }
}

async function expectUnharmed(): Promise<void> {
  failed ||= readdirSync(canaries).length > 0
  expect(readdirSync(canaries)).toEqual([])
  expect(parties.evil.heard).toEqual([])
  // Nothing unloaded the socket, nobody is left in silence, and no call failed by a fault of the controller's.
  await until(
    'all channels are gone',
    async () => (await freeswitch.api('show channels count')).includes('\n0 total') || undefined,
  )
  expect(await freeswitch.api('status')).toContain('is ready')
  const ready = await fetch(`${controller.apiUrl}/readyz`)
  expect(ready.status).toBe(200)
  expect(records().filter(({ ending }) => ending === 'failed')).toEqual([])
}

interface Record_ {
  readonly did: string
  readonly ending: string
  readonly id: string
  readonly notes?: readonly string[]
}

function records(): Record_[] {
  const journal = join(folder, 'controller/data/journal')
  if (!existsSync(journal)) return []
  const lines = readdirSync(journal).flatMap((file) =>
    readFileSync(join(journal, file), 'utf8').trimEnd().split('\n'),
  )
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record_)
}

describe('on a FreeSWITCH that forbids nothing', () => {
  test('the canaries work: what runs a command leaves its file', async () => {
    const file = join(folder, 'control')
    await freeswitch.api(`expand echo \${system touch ${file}}`)
    await until('the file is there', () => existsSync(file) || undefined)
    expect(values.length).toBeGreaterThanOrEqual(60)
  })

  test('names, headers and what a webhook says of them: text', async () => {
    const { caller, callee, carrier } = parties
    const before = callee.invites().length
    const statuses = await each(values, (value, i) => {
      const line = value.replace(/[\r\n]/g, ' ')
      return caller.dial({
        to: HOSTILE,
        from: `${quoted(line)} <sip:${number(i)}@127.0.0.1>`,
        headers: [
          ...['X-Value', 'X-Evil', 'Subject', 'User-to-User', 'Organization'].map(
            (name) => `${name}: ${line}`,
          ),
          `Diversion: <sip:${user(line)}@127.0.0.1>;reason=unconditional`,
          `P-Asserted-Identity: ${quoted(line)} <sip:${number(i)}@127.0.0.1>`,
          `X-Belplan-Hops: ${line}`,
        ],
      })
    })
    expect(statuses.filter((status) => status < 300)).toEqual([])
    // Whatever FreeSWITCH itself does not refuse as malformed reaches the callee.
    expect(callee.invites().length - before).toBeGreaterThan(values.length)
    expect(answered.requests.length).toBeGreaterThanOrEqual(60)
    expectClean([...callee.invites(), ...carrier.invites()])
    await expectUnharmed()
  })

  test('the number of the caller', async () => {
    const { caller, callee } = parties
    const statuses = await each(values, (value) =>
      caller.dial({ to: SUFFERED, from: `<sip:${user(value)}@127.0.0.1>` }),
    )
    expect(statuses.filter((status) => status < 300)).toEqual([])
    expectClean(callee.invites())
    await expectUnharmed()
  })

  test('the number that is dialled', async () => {
    const { caller, callee } = parties
    const statuses = await each(values, (value, i) =>
      caller.dial({ to: user(value), from: `<sip:${number(i)}@127.0.0.1>` }),
    )
    expect(statuses.filter((status) => status < 300)).toEqual([])
    expectClean(callee.invites())
    await expectUnharmed()
  })

  test('who is recorded: nothing of a caller or of a dialled number is in the name of a file', async () => {
    const { caller, talking } = parties
    const statuses = await each(values, (value, i) =>
      caller.dial(
        i % 2 === 0
          ? { to: RECORDED, from: `${quoted(value.replace(/[\r\n]/g, ' '))} <sip:${user(value)}@127.0.0.1>` }
          : { to: `07${user(value)}`, from: `<sip:${number(i)}@127.0.0.1>` },
      ),
    )
    const answered = statuses.filter((status) => status === 200).length
    expect(answered).toBeGreaterThanOrEqual(60)
    expectClean(talking.invites())
    await expectUnharmed()
    const files = globSync('**/*', { cwd: recordings, withFileTypes: true }).filter((one) => one.isFile())
    expect(files).toHaveLength(answered)
    const others = files
      .map(({ parentPath, name }) => join(parentPath, name).slice(recordings.length))
      .filter((file) => !/^\/acme\/\d{4}-\d\d-\d\d\/\d\d-\d\d-\d\d\.\d{3}-[\da-f-]{36}\.wav$/.test(file))
    expect(others).toEqual([])
  })

  test('text, audio and destinations of a plan, where it validates', async () => {
    const { caller, callee } = parties
    expect(texts.size).toBeGreaterThanOrEqual(60)
    const before = callee.invites().length
    await each([...texts.keys()], (to) => caller.dial({ to, from: '<sip:+31612345678@127.0.0.1>' }))
    expect(callee.invites().length - before).toBeGreaterThanOrEqual(texts.size)
    expectClean(callee.invites())
    await expectUnharmed()
  })

  test('variables, lists, and what a webhook that is told of them says: text', async () => {
    const { caller, callee } = parties
    const [before, heard] = [callee.invites().length, told.requests.length]
    const statuses = await each(values, (_, i) =>
      caller.dial({ to: VARIED, from: `"Jane" <sip:${number(i)}@127.0.0.1>` }),
    )
    expect(statuses.filter((status) => status < 300)).toEqual([])
    expect(varied.requests).toHaveLength(values.length)
    // Each is rung four times at least, and told of once by the walk, once beside it, and once as missed.
    expect(callee.invites().length - before).toBeGreaterThanOrEqual(4 * values.length)
    await told.received(heard + 3 * values.length)
    for (const { target } of told.requests) expect(target).toMatch(/^\/[^/]*\?v=[^&]*&t=$/)
    expectClean(callee.invites())
    await expectUnharmed()
  })

  test('a callee that redirects or transfers brings the caller nowhere', async () => {
    const { caller, redirecting, referring } = parties
    expect(
      await caller.dial({ to: REDIRECTED, from: '<sip:+31612345678@127.0.0.1>' }),
    ).toBeGreaterThanOrEqual(400)
    expect(redirecting.invites()).toHaveLength(1)
    await caller.dial({ to: REFERRED, from: '<sip:+31612345678@127.0.0.1>' })
    expect(referring.invites()).toHaveLength(1)
    expect(
      referring.heard
        .filter((message) => header(message, 'cseq') === '1 REFER')
        .map(({ status }) => status! >= 300),
    ).toContain(true)
    await expectUnharmed()
  })

  test('a call that goes round through the platform is ended', async () => {
    const { caller } = parties
    const status = await caller.dial({ to: LOOPED, from: '<sip:+31612345678@127.0.0.1>' })
    expect(status).toBeGreaterThanOrEqual(400)
    await until('seven records', () => records().filter(({ did }) => did === LOOPED).length >= 7 || undefined)
    const looped = records().filter(({ did }) => did === LOOPED)
    expect(looped).toHaveLength(7)
    expect(looped.filter(({ ending }) => ending === 'limited').map(({ notes }) => notes)).toEqual([
      ['the call has gone out and come back 6 times'],
    ])
    await expectUnharmed()
  })

  test('codes and secrets of the environment are in no log, journal, metric, checkpoint or answer', async () => {
    const { caller, callee } = parties
    const { requests } = protectedHook
    await caller.dial({ to: KEPT, from: '<sip:+31612345678@127.0.0.1>' })
    expect(vault.requests.map(({ query }) => query.get('t'))).toEqual([null, TOKEN])
    // In its own answer, in the next one, and where the switch goes by it.
    const shown = callee
      .invites()
      .slice(-3)
      .map((message) => party(header(message, 'from'))?.name)
    expect(shown).toEqual(['Jane •••', 'Jane •••', 'Jane •••'])
    await caller.dial({
      to: SECRET,
      from: '<sip:+31612345678@127.0.0.1>',
      keys: [800, `${WRONG_CODE}#`, 1500, `${CODE}#`],
    })
    expect(requests.map(({ query }) => query.get('code'))).toEqual([WRONG_CODE, CODE])
    expect(requests[0]?.headers).toMatchObject({ authorization: SECRETS.ACME_TOKEN })
    expect(requests[0]?.headers['webhook-signature']).toMatch(/^v1,/)
    await until('the record', () => records().find(({ did }) => did === SECRET))
    const authorization = { authorization: `Bearer ${API_TOKEN}` }
    const id = records().find(({ did }) => did === SECRET)!.id
    const answers = await Promise.all(
      ['/metrics', '/calls', `/calls/${id}`, '/plans', '/plans/schema', '/readyz', '/openapi.json'].map(
        async (path) => (await fetch(controller.apiUrl + path, { headers: authorization })).text(),
      ),
    )
    const written = [...files(join(folder, 'controller')), ...files(join(folder, 'switch/log'))].filter(
      (file) => !file.endsWith('belplan.json'),
    )
    const said = [...written.map((file) => readFileSync(file, 'latin1')), ...answers]
    // The search finds what is there.
    expect(said.join('')).toContain(SECRET)
    expect(said.join('')).toContain('belplan_ckpt')
    expect(said.join('')).toContain('{var.token}')
    for (const secret of [
      CODE,
      WRONG_CODE,
      TOKEN,
      TOKEN.slice(0, 20),
      ...Object.values(SECRETS),
      API_TOKEN,
    ]) {
      const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '')
      for (const form of [secret, base64, Buffer.from(secret).toString('hex')]) {
        const at = said.findIndex((text) => text.includes(form))
        expect(at === -1 ? undefined : [secret, written[at] ?? 'an answer of the API']).toBeUndefined()
      }
    }
    expect(party(header(callee.invites().at(-1)!, 'from'))?.name).toBe('You said •••')
  })
})

function files(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
