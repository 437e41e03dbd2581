/** The name that the callee sees: how it comes about, and that it stays text whoever sent it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { says } from './harness/hooks.ts'
import { startTestBed } from './harness/scenario.ts'
import type { SipMessage } from './harness/sip.ts'
import { header, party } from './harness/sip.ts'

const testBed = await startTestBed()
const { scenario } = testBed

const shown = (invite: SipMessage | undefined) =>
  party(invite === undefined ? undefined : header(invite, 'from'))?.name
const prepend = (text: string) => ({ type: 'callername', mode: 'prepend', text })
const replace = (text: string) => ({ type: 'callername', mode: 'replace', text })
const webhookName = { type: 'callername', mode: 'webhook' }

interface Naming {
  readonly what: string
  readonly steps: readonly object[]
  /** The name in the webhook's answer. */
  readonly returned?: string
  /** The caller's own. */
  readonly own?: string
  readonly expected: string
}

const namings: readonly Naming[] = [
  {
    what: 'prepend puts its text before the name, nothing between',
    steps: [prepend('VIP ')],
    own: 'Jane',
    expected: 'VIP Jane',
  },
  {
    what: 'prepend without a name goes before the number',
    steps: [prepend('? ')],
    expected: '? +31612345678',
  },
  { what: 'replace', steps: [replace('Sales')], own: 'Jane', expected: 'Sales' },
  { what: 'webhook', steps: [webhookName], own: 'Jane', returned: 'ACME BV', expected: 'ACME BV' },
  { what: 'webhook that returned none leaves the name', steps: [webhookName], own: 'Jane', expected: 'Jane' },
  {
    what: 'webhook, then prepend',
    steps: [webhookName, prepend('VIP ')],
    own: 'Jane',
    returned: 'ACME BV',
    expected: 'VIP ACME BV',
  },
  {
    what: 'replace, then prepend twice',
    steps: [replace('c'), prepend('b'), prepend('a')],
    own: 'Jane',
    expected: 'abc',
  },
  {
    what: 'prepend, then webhook',
    steps: [prepend('VIP '), webhookName],
    own: 'Jane',
    returned: 'ACME BV',
    expected: 'ACME BV',
  },
  {
    what: 'cut at 64 characters',
    steps: [prepend('x'.repeat(60))],
    own: 'Jane Doe',
    expected: `${'x'.repeat(60)}Jane`,
  },
]
for (const { what, steps, returned, own, expected } of namings) {
  scenario(`§5 callername: ${what}`, () => {
    const bob = testBed.telephone()
    const name = returned === undefined ? '' : `&callername=${encodeURIComponent(returned)}`
    const hook = testBed.hook(says(`status=ACK${name}`))
    const did = testBed.line({
      webhooks: { crm: { urlTemplate: hook.url } },
      steps: [
        { type: 'webhook', webhook: 'crm', success: [...steps, { type: 'bridge', destination: bob.number }] },
      ],
    })
    return async () => {
      await bob.answers({ talkMs: 200 })
      await testBed.call({ did, ...(own === undefined ? {} : { name: own }) })
      expect((await bob.invites()).map(shown)).toEqual([expected])
    }
  })
}

const folder = mkdtempSync(join(tmpdir(), 'belplan-canary-'))
afterAll(() => rmSync(folder, { recursive: true }))
let canaries = 0

interface Hostile {
  readonly what: string
  /** `FILE` is a file that a command in it would make. */
  readonly name: string
  /** What the callee sees; where it is left open, some text without a new header. */
  readonly expected?: string
  /** Undefined: by whichever way names come. */
  readonly onlyFrom?: 'webhook'
}

const hostile: readonly Hostile[] = [
  { what: 'Müller', name: 'Müller', expected: 'Müller' },
  { what: '日本', name: '日本', expected: '日本' },
  {
    what: `an apostrophe, quotes and angle brackets`,
    name: `O'Brien, "Bob" <x>`,
    expected: `O'Brien, 'Bob' <x>`,
  },
  {
    what: 'a colon, slashes and an at sign',
    name: 'NL Sales: Jane/Joe @ ACME',
    expected: 'NL Sales: Jane/Joe @ ACME',
  },
  { what: 'a percent sign', name: '100% sure', expected: '100% sure' },
  { what: 'a backslash', name: 'back\\slash', expected: 'back\\slash' },
  { what: 'semicolons and an equals sign', name: 'a;b=c;d', expected: 'a;b=c;d' },
  { what: 'an encoded newline', name: 'a%0d%0aX-Evil%3a 1' },
  { what: 'a doubly encoded newline', name: 'a%250d%250aX-Evil%253a 1' },
  {
    what: 'control characters',
    name: 'a\r\nX-Evil: 1\u0000\u0007b',
    onlyFrom: 'webhook',
    expected: 'a X-Evil: 1b',
  },
  { what: 'an API call', name: 'a${system touch FILE}b' },
  { what: 'an API call in brackets', name: 'a${system(touch FILE)}b' },
  { what: 'a variable', name: 'a${caller_id_number}b' },
  { what: 'a backquoted command', name: 'a`touch FILE`b' },
  { what: 'variables of an originate', name: '{api_on_originate=system touch FILE}a' },
]
for (const { what, name: template, expected, onlyFrom } of hostile) {
  for (const way of onlyFrom === undefined ? (['webhook', 'caller'] as const) : [onlyFrom]) {
    scenario(`§3 §5 a name from the ${way} with ${what} is text`, () => {
      const canary = join(folder, String(++canaries))
      const name = template.replace('FILE', canary)
      const bob = testBed.telephone()
      const hook = testBed.hook(
        says(JSON.stringify({ status: 'ACK', callername: name }), { type: 'application/json' }),
      )
      const did = testBed.line({
        webhooks: { crm: { urlTemplate: `${hook.url}?name={callername}` } },
        steps: [
          {
            type: 'webhook',
            webhook: 'crm',
            success: [
              ...(way === 'webhook' ? [webhookName] : []),
              { type: 'bridge', destination: bob.number },
            ],
          },
        ],
      })
      return async () => {
        await bob.answers({ talkMs: 200 })
        const call = await testBed.call({ did, name: way === 'caller' ? name : 'Jane' })
        expect(call.status).toBe(200)
        const [invite] = await bob.invites()
        if (expected !== undefined) expect(shown(invite)).toBe(expected)
        for (const message of await bob.messages()) {
          expect(message.headers.map(([key]) => key.toLowerCase())).not.toContain('x-evil')
          expect(message.text.split('\r\n\r\n')[0]).not.toMatch(/[\0\x07]/)
        }
        expect(existsSync(canary)).toBe(false)
      }
    })
  }
}
