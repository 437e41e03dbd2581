import fc from 'fast-check'
import { placeCall } from '../../../src/simulator/place-call.ts'
import type { CallScript } from '../../../src/simulator/script.ts'
import { readResponse } from '../../../src/webhook/response.ts'
import { startCallController } from '../../harness/call-controller.ts'
import { hostileBytes, hostileText } from '../arbitraries.ts'
import { target } from '../target.ts'

/** Every way in which text of others reaches FreeSWITCH. */
const plan = {
  domain: 'acme.example',
  audio: { hello: 'acme/hello.wav' },
  webhooks: {
    name: { urlTemplate: 'https://crm.example/?n={callername}' },
    pin: {
      urlTemplate: 'https://crm.example/?c={code}',
      callerIdPresentation: 'called',
      ivr: { startMessage: 'hello', attempts: 2 },
    },
  },
  plans: {
    main: {
      numbers: ['*'],
      missed: 'name',
      steps: [
        {
          type: 'webhook',
          webhook: 'name',
          success: [
            { type: 'callername', mode: 'webhook' },
            { type: 'bridge', from: 'webhook', ringSeconds: 2 },
          ],
        },
        { type: 'callername', mode: 'prepend', text: "${x} 'a' " },
        { type: 'bridge', destination: ['215', '+31501234567'], ringSeconds: 2 },
        {
          type: 'webhook',
          webhook: 'pin',
          success: [{ type: 'bridge', destination: '216', ringSeconds: 1, strategy: 'sequential' }],
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

export const calls = target({
  name: 'whole calls with hostile names, numbers, digits, variables and replies',
  few: 100,
  many: 12_000,
  pure: false,
  inputs: fc.record({ script, bodies: fc.array(hostileBytes, { minLength: 1, maxLength: 3 }) }),
  async open() {
    let bodies: readonly Buffer[] = []
    let asked = 0
    const controller = await startCallController({
      plan,
      answer: () => {
        const body = Buffer.concat([Buffer.from('status=ACK&callername='), bodies[asked++ % bodies.length]!])
        return readResponse(200, 'text/plain', body, 'required', [])
      },
    })
    return {
      async attempt(input) {
        bodies = input.bodies
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
