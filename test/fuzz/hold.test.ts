/** Nothing that comes from outside holds the event loop for more than 50 ms, however it was made to. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, describe, expect, test } from 'vitest'
import { createRouter } from '../../src/routing/router.ts'
import { displayName } from '../../src/call/presentation.ts'
import { compileRoute, patternFault, type RouteEntry } from '../../src/routing/routes.ts'
import { Decoder } from '../../src/esl/decoder.ts'
import { readMessage, WireText } from '../../src/esl/message.ts'
import { createMask, maskSecrets } from '../../src/plan/mask.ts'
import { dialledForms, toE164 } from '../../src/plan/numbers/index.ts'
import { expandTemplate, parseTemplate } from '../../src/plan/url-template.ts'
import { cleanDestination, cleanName } from '../../src/plan/clean.ts'
import { readResponse } from '../../src/webhook/response.ts'
import { createControllers, oneBridge } from '../harness/controller.ts'

const LONGEST_MS = 50
/** What the measure itself adds. */
const RESOLUTION_MS = 5
const reply = 64 * 1024

/** The best of some: what others do on this machine is not what is measured. */
function ms(act: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now()
    act()
    return performance.now() - began
  })
  return Math.min(...times)
}

const routerTo = (...entries: RouteEntry[]) =>
  createRouter({
    routes: entries.map(compileRoute),
    country: 'NL',
    e164Of: (number) => toE164(number, 'NL'),
    maxSeconds: 60,
  })

const to = (destinations: string[]) => ({
  call: '',
  hopCount: { hops: 0, legs: 1 },
  permission: { domain: undefined, destinations: undefined },
  destinations,
  ringMs: 1000,
  admitLegs: (wanted: number) => wanted,
  legVariables: {},
})

describe('a route cannot hold the event loop', () => {
  const destination = `+${'1'.repeat(31)}`
  test.each([
    '^(1+)+$',
    '^(1|1)*$',
    '(1*)*2',
    '^(\\+?1?){30}1{30}x',
    '(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x',
    '^((1{1,9}){1,9}){1,9}$',
  ])('%s', (match) => {
    if (patternFault(match) !== undefined) return
    const denials = Array.from({ length: 20 }, () => ({ match, deny: 'no' }))
    const act = () => routerTo(...denials).dial(to(Array<string>(20).fill(destination)))
    expect(ms(act)).toBeLessThan(LONGEST_MS)
  })

  test('nor can destinations that may be taken for many numbers', () => {
    const entries = [
      { match: '^\\+31(900|906|909)', deny: 'no' },
      { match: '^\\+1900\\d{7}$', deny: 'no' },
      { match: '.', dial: 'user/{destination}' },
    ]
    for (const text of [
      '+31*00*9001234',
      '#31#0900123',
      '0031310031310900',
      '*11*22*33*44*55',
      '+310000310031',
    ]) {
      const list = Array.from({ length: 20 }, (_, i) => `${text}${i}`)
      expect(
        ms(() => routerTo(...entries).dial(to(list))),
        text,
      ).toBeLessThan(LONGEST_MS)
    }
  })

  test('with back-references or look-around is no route at all', () => {
    for (const match of ['(a)\\1', '(?=a)a', '(?<=a)b']) expect(patternFault(match)).toMatch(/linear time/)
  })
})

const hostile = (unit: string) => unit.repeat(Math.ceil(reply / unit.length)).slice(0, reply)
const units = [' ', '\u00a0 ', '%', '&', '=', '&status=', '+', '%20', '{', '[', '{"a":', '"', '\\', '(', '-', '$', '${', '\ud83d', '\u202e', '1', '0#', 'é', '\0', '\n', '\r\n', ': '] // prettier-ignore

describe('neither can an answer, a name, a number, a URL or a frame of', () => {
  test.each(units)('%j', (unit) => {
    const text = hostile(unit)
    const bytes = Buffer.from(`status=ACK&callername=${text}`)
    const json = Buffer.from(JSON.stringify({ status: 'ACK', callername: text, destination: text }))
    const values = { code: '1', did: text, callerid: text, callername: text }
    const template = parseTemplate('https://crm.example/{did}?a={callerid}&b={callername}')
    const acts: Record<string, () => unknown> = {
      form: () => readResponse(200, 'text/plain', bytes, 'required', ['4711']),
      json: () => readResponse(200, 'application/json', json, 'required', ['4711']),
      name: () => displayName(cleanName(text)),
      number: () => [dialledForms(text, 'NL'), cleanDestination(text)],
      mask: () => maskSecrets(text, ['0#'.repeat(32)]),
      template: () => parseTemplate(`https://crm.example/${text}`),
      url: () => 'fault' in template || expandTemplate(template, values),
      log: () => new WireText(`belplan_digits=${text}${text}`).toJSON(),
      frame: () => {
        const head = `Content-Type: text/event-plain\nContent-Length: ${Buffer.byteLength(text)}\n\n`
        for (const frame of new Decoder().push(Buffer.from(head + text))) readMessage(frame)
      },
    }
    for (const [what, act] of Object.entries(acts)) expect(ms(act), what).toBeLessThan(LONGEST_MS)
  })
})

describe('nor can, as large as it may be,', () => {
  test('a URL that is all placeholders', () => {
    const template = parseTemplate(`https://x/${'{did}'.repeat(32)}`)
    if ('fault' in template) throw new Error(template.fault)
    const values = { code: '1', did: '\u65e5'.repeat(128), callerid: '', callername: '' }
    expect(ms(() => expandTemplate(template, values))).toBeLessThan(LONGEST_MS)
  })

  /** As many variables as a call may have, by the shortest names. */
  const variables = (value: string) =>
    Object.fromEntries(
      Array.from({ length: 340 }, (_, i) => [
        `${String.fromCharCode(97 + (i % 26))}${Math.floor(i / 26)}`,
        value,
      ]),
    )

  test('a URL with variables, however many are secret', () => {
    const template = parseTemplate(`https://x/${'{var.a0}'.repeat(31)}{callername}`)
    if ('fault' in template) throw new Error(template.fault)
    const values = { code: '', did: '', callerid: '', callername: '日'.repeat(64) }
    const most = { ...variables('x'), a0: '日'.repeat(256) }
    for (const secrets of [variables('b'), variables('%'), variables('日'), { z: '日'.repeat(256) }]) {
      const act = () => expandTemplate(template, { ...values, variables: most, secretVariables: secrets })
      expect(ms(act)).toBeLessThan(LONGEST_MS)
    }
  })

  test.each(['•', '••', '%', 'a', '😀'])('what is masked, where hundreds of secrets are %s', (secret) => {
    const secrets = Array.from({ length: 340 }, (_, i) => secret.repeat(1 + (i % 3)))
    const redirect = secret.repeat(16 * 1024)
    expect(ms(() => maskSecrets(redirect, secrets))).toBeLessThan(LONGEST_MS)
  })

  test('or where they are all different', () => {
    const secrets = Array.from({ length: 340 }, (_, i) => String(1000 + i))
    const mask = createMask(secrets)
    for (const unit of ['1', '10', '%31', '%31%30', '9'])
      expect(
        ms(() => mask(unit.repeat(16_384 / unit.length))),
        unit,
      ).toBeLessThan(LONGEST_MS)
  })

  test.each(['%', '%E9', '%zz', '\u00e9%'])('a header of an event of %j', (unit) => {
    const body = Buffer.from(`Event-Name: ${unit.repeat(1_000_000 / unit.length)}\n\n`, 'latin1')
    const head = Buffer.from('Content-Type: text/event-plain\n')
    expect(ms(() => readMessage({ head, body }))).toBeLessThan(LONGEST_MS)
  })
})

describe('nor can a body of the API', () => {
  const controllers = createControllers()
  afterAll(() => controllers.end())
  const mib = 1024 * 1024 - 1024
  const fill = (unit: string) => unit.repeat(Math.floor(mib / unit.length))

  test('of 1 MiB, whatever is in it', { timeout: 120_000 }, async () => {
    const { api } = await controllers.start({ documents: { acme: oneBridge('+31502100000') } })
    const headers = { 'content-type': 'application/json' }
    const bodies = [
      fill('['),
      fill('{"a":'),
      `{"plans":{${fill('"a":{},').slice(0, -1)}}}`,
      `{"audio":{${Array.from({ length: 30_000 }, (_, i) => `"a${i}":"/x"`).join()}},"plans":{}}`,
      `{"plans":{"main":{"steps":[${fill('{"type":"goto","plan":"x"},').slice(0, -1)}]}}}`,
      `{"plans":{"main":{"numbers":["${fill('1')}"],"steps":[]}}}`,
      `{"webhooks":{"a":{"urlTemplate":"https://x/${fill('{')}"}},"plans":{"main":{"steps":[]}}}`,
      `{"description":"${fill('\\u0000')}","plans":{}}`,
    ]
    for (const body of bodies) {
      const delays: number[] = []
      // As above: the best of some, and only as many as it takes.
      do {
        const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
        delay.enable()
        const [status] = await api('/plans/validate', { method: 'POST', headers, body })
        delay.disable()
        expect([200, 400]).toContain(status)
        delays.push(delay.max / 1e6 - RESOLUTION_MS)
      } while (delays.at(-1)! > LONGEST_MS && delays.length < 5)
      expect(Math.min(...delays), body.slice(0, 20)).toBeLessThan(LONGEST_MS)
    }
  })
})
