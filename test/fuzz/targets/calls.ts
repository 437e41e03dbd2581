import fc from 'fast-check'
import { placeCall } from '../../../src/simulator/place-call.ts'
import type { CallScript } from '../../../src/simulator/script.ts'
import { secretsIn } from '../../../src/plan/webhook-request.ts'
import { readResponse } from '../../../src/webhook/response.ts'
import { startCallController } from '../../harness/call-controller.ts'
import { hostileBytes, hostileText } from '../arbitraries.ts'
import { target } from '../target.ts'

/** Every way in which text of others reaches FreeSWITCH. */
const plan = {
  domain: 'acme.example',
  audio: { hello: 'acme/hello.wav' },
  webhooks: {
    name: { urlTemplate: 'https://crm.example/?n={callername}&v={var.a}', secretVariables: ['token'] },
    told: { urlTemplate: 'https://crm.example/{var.token}', method: 'POST' },
    pin: {
      urlTemplate: 'https://crm.example/?c={code}',
      callerIdPresentation: 'called',
      ivr: { startMessage: 'hello', attempts: 2 },
    },
  },
  addressBook: { '+3161*': "${x} 'book' %0d%0aX-Evil: 1", '215': '{var.a}' },
  plans: {
    known: {
      missed: 'told',
      steps: [
        { type: 'callername', mode: 'book' },
        { type: 'callername', mode: 'append', text: '{var.a}${b}{var.tier}' },
        { type: 'callerid', presentation: 'called' },
        {
          type: 'switch',
          on: { variable: 'tier' },
          cases: [{ match: ['gold', '$*'], steps: [{ type: 'bridge', destination: '215', ringSeconds: 1 }] }],
        },
        {
          type: 'switch',
          on: 'callerid',
          cases: [{ match: ['+316*', 'withheld'], steps: [{ type: 'notify', webhook: 'told' }] }],
        },
        {
          type: 'switch',
          on: 'callername',
          cases: [
            {
              match: ['jane', '${*'],
              steps: [
                { type: 'callerid', presentation: 'suppressed' },
                { type: 'bridge', destination: '216', ringSeconds: 1 },
              ],
            },
          ],
        },
        { type: 'switch', on: 'country', cases: [{ match: 'NL', steps: [] }] },
        { type: 'switch', on: 'did', cases: [{ match: ['215', '+31*'], steps: [] }] },
      ],
    },
    main: {
      numbers: ['*'],
      missed: 'name',
      steps: [
        {
          type: 'webhook',
          webhook: 'name',
          success: [
            { type: 'callername', mode: 'webhook' },
            { type: 'call', plan: 'known' },
            { type: 'bridge', from: 'webhook', ringSeconds: 2 },
          ],
        },
        { type: 'callername', mode: 'prepend', text: '{var.tier}' },
        { type: 'callername', mode: 'prepend', text: "${x} 'a' " },
        {
          ...{ type: 'bridge', ringSeconds: 2, strategy: 'roundRobin', record: true },
          ...{ destination: ['215', { to: '+31501234567', ringSeconds: 1 }] },
          ...{ ringback: 'hello', announce: 'hello', confirm: true, callerName: "${x} 'a' {var.x}" },
        },
        {
          type: 'webhook',
          webhook: 'pin',
          success: [
            {
              type: 'switch',
              on: 'code',
              cases: [{ match: '1*', steps: [{ type: 'play', audio: 'hello' }] }],
            },
            { type: 'bridge', destination: '216', ringSeconds: 1, strategy: 'sequential' },
          ],
        },
        {
          type: 'ivr',
          startMessage: 'hello',
          choices: { 1: [{ type: 'play', audio: 'hello' }] },
          attempts: 1,
        },
        { type: 'transfer', destination: '8000' },
      ],
    },
  },
}

/** Secret by its name, and in what else there is of an answer. */
const TOKEN = 'T0p-5ecret'

/** The most that FreeSWITCH may ever be told to run. */
const APPLICATIONS = new Set(['answer', 'bridge', 'playback', 'play_and_get_digits', 'transfer'])
const ENDPOINTS = /^(?:user\/[0-9*#]+@acme\.example|sofia\/gateway\/carrier\/\+[0-9]+)$/

const text = fc.oneof(fc.constantFrom('+31612345678', 'Jane', '215'), hostileText)
/** FreeSWITCH's variables cannot hold a NUL. */
const value = hostileText.map((written) => written.replaceAll('\0', ''))
const party = fc.record({
  outcome: fc.constantFrom('answered', 'busy', 'noAnswer', 'failed'),
  talkMs: fc.constant(1),
} as const)
const script = fc.record({
  did: text,
  caller: text,
  name: fc.oneof(text, hostileBytes),
  privacy: fc.boolean(),
  digits: fc.array(fc.oneof(fc.constantFrom('1', '1234#', '', '#'), hostileText), { maxLength: 4 }),
  variables: fc.dictionary(
    fc.constantFrom(
      'belplan_ckpt',
      'belplan_recording',
      'record_ms',
      'belplan_digits',
      'read_result',
      'originate_disposition',
      'sip_h_X-Belplan-Hops',
      'sip_h_X-Evil',
      'domain_name',
      'export_vars',
    ),
    value,
    { maxKeys: 3 },
  ),
  answers: fc.record({ '215': party, '+31501234567': party, '216': party }, { requiredKeys: [] }),
  chunks: fc.constantFrom('whole', 'random', 7),
} as const)

/** What a server says, as a form or as JSON. */
const answer = (field: fc.Arbitrary<string>, token: string) =>
  fc.record({
    ...{ status: fc.constant('ACK'), callername: field, destinations: fc.array(field, { maxLength: 4 }) },
    variables: fc.record({ tier: field, a: field }).map((variables) => ({ ...variables, token })),
  })
const said = fc.oneof(fc.constantFrom('gold', '215', '+31501234567'), hostileText)
const reply = fc.oneof(
  hostileBytes.map((bytes) => ({
    type: 'text/plain',
    body: Buffer.concat([Buffer.from('status=ACK&callername='), bytes]),
  })),
  fc
    .oneof(answer(said, ''), answer(fc.oneof(said, fc.constantFrom(TOKEN, `a ${TOKEN}`)), TOKEN))
    .map((fields) => ({ type: 'application/json', body: Buffer.from(JSON.stringify(fields)) })),
)

export const calls = target({
  name: 'whole calls with hostile names, numbers, digits, variables and replies',
  few: 60,
  many: 12_000,
  pure: false,
  inputs: fc.record({ script, replies: fc.array(reply, { minLength: 1, maxLength: 3 }) }),
  async open() {
    let replies: readonly { readonly type: string; readonly body: Buffer }[] = []
    let asked = 0
    const controller = await startCallController({
      plan,
      answer: ({ values, secretNames }) => {
        const { type, body } = replies[asked++ % replies.length]!
        return readResponse(200, type, body, 'required', secretsIn(values), secretNames)
      },
    })
    return {
      async attempt(input) {
        ;({ replies } = input)
        asked = 0
        controller.records.length = controller.talking.length = controller.missed.length = 0
        controller.requests.length = 0
        const result = await placeCall(controller, {
          ...(input.script as Partial<CallScript> & { did: string }),
          tickMs: 0,
          speed: Infinity,
          attempts: 2,
        })
        const faults = [
          ...result.violations,
          ...result.applications
            .filter(({ name }) => !APPLICATIONS.has(name))
            .map(({ name }) => `runs ${name}`),
          ...result.invites
            .filter(({ endpoint }) => !ENDPOINTS.test(endpoint))
            .map(({ endpoint }) => `dials ${endpoint}`),
          ...result.invites.flatMap(({ headers }) =>
            Object.keys(headers).filter((name) => /evil/i.test(name)),
          ),
          ...(JSON.stringify([
            controller.records,
            controller.talking,
            controller.missed,
            result.invites,
          ]).includes(TOKEN)
            ? ['tells a secret']
            : []),
          ...(result.ended === 'stuck' ? ['stuck'] : []),
          ...(result.transferredTo && result.transferredTo.extension !== '8000'
            ? ['transferred elsewhere']
            : []),
          ...controller.records
            .filter(
              ({ ending }) => ending === 'failed' && input.script.variables['belplan_ckpt'] === undefined,
            )
            .map(({ notes }) => `failed: ${notes?.join() ?? ''}`),
        ]
        if (faults.length > 0) throw new Error(faults.join('; '))
      },
      close: () => controller.stop(),
    }
  },
})
