import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { createChecker } from '../../../src/plan/loading/check-document.ts'
import { compile } from '../../../src/plan/compile.ts'
import type { PlanDocument } from '../../../src/plan/document.ts'
import { treesOf } from '../../../src/plan/tree.ts'
import { walkCompiled } from '../../plan/walking.ts'
import { damaged, hostileJson, mutatedJson } from '../arbitraries.ts'
import { target } from '../target.ts'

const folder = new URL('../../fixtures/plans/good/', import.meta.url)
const good = ['every-field.json', 'example.json'].map((file) => readFileSync(new URL(file, folder)))

const words = [
  'version', 'domain', 'audio', 'webhooks', 'events', 'ended', 'plans', 'main', 'numbers', 'missed', 'steps', 'type', 'webhook', 'success', 'failure', 'mode', 'text', 'from',
  'destination', 'ringSeconds', 'strategy', 'on', 'busy', 'queue', 'maxWaitSeconds', 'exitKey', 'mailbox', 'greeting', 'maxSeconds', 'full', 'timeout', 'noAgents', 'failed', 'context', 'choices', '1', 'cause', 'plan', 'cases', 'match', 'record', 'announce', 'stop', 'addressBook', '+31612345678', 'variable', 'secretVariables', 'call', 'presentation', 'default', 'urlTemplate', 'headers', 'timezone', 'schedules', 'schedule', 'hours', 'days', 'closedOn', 'holidays', 'open', 'closed', 'signingSecret', 'id', 'x-a', '__proto__',
] // prettier-ignore
const constants = [
  1, 30, '*', 'switch', 'book', 'append', 'tier', '{var.tier}', 'callerid', 'suppressed', 'country', 'code', '+3161*', 'withheld', '+3150*', 'main', 'webhook', 'ivr', 'bridge', 'record', 'goto', 'hangup', 'notify', 'queue', 'voicemail', '215', 'sales', 'sales@acme.example', '#', 'play', 'simultaneous', 'roundRobin', 'random', { to: '215', delaySeconds: 5 }, { to: '+1', ringSeconds: 0 }, true, 'https://crm.example/{code}', 'env:ACME_KEY', 'Europe/Amsterdam', '09:00', '24:00', '12-25', '02-30', 'mon-fri', 'NL', 'schedule', 'office', [], {},
] // prettier-ignore
const json = hostileJson(words, constants)
const text = (value: unknown) => Buffer.from(JSON.stringify(value ?? null))

const HOSTILE = {
  caller: { number: '+3161${x}', name: "a'{" },
  keyed: ['1', '12#', '1234#', '', '#', '9', '12#'],
  bridges: { '215': 'busy' as const },
}
const SAID = {
  destinations: ['215', '+31501234567'],
  callername: '${system x}',
  variables: { tier: '{var.tier}', token: '••', a: '' },
}

export const plans = target({
  name: 'plan documents',
  few: 400,
  many: 50_000,
  pure: true,
  inputs: fc.oneof(
    {
      arbitrary: fc
        .constantFrom(...good)
        .chain((bytes) => mutatedJson(JSON.parse(bytes.toString()), json))
        .map(text),
      weight: 4,
    },
    { arbitrary: fc.constantFrom(...good).chain((bytes) => damaged(bytes)), weight: 3 },
    { arbitrary: json.map(text), weight: 1 },
  ),
  open() {
    const checker = createChecker({
      defaultCountry: 'NL',
      grants: {
        mayRecord: true,
        transferContexts: ['default', 'internal'].map((context) => ({ context, extensions: '8\\d{3}' })),
        queues: [{ queues: 'sales.*' }],
        mailboxes: [{ mailboxes: '2.*' }],
        env: { acme: ['ACME_KEY'] },
      },
      envIsSet: () => true,
      maxTimeoutSeconds: 10,
    })
    return {
      async attempt(bytes) {
        const { errors, warnings, served } = checker.check('acme', 'acme.json', bytes)
        for (const { line, column, message } of [...errors, ...warnings])
          if (!(line >= 1 && column >= 1 && message.length > 3)) throw new Error(`no place: ${message}`)
        if ((served === undefined) !== errors.length > 0) throw new Error('neither taken nor refused')
        if (served === undefined) return
        const compiled = compile('acme', JSON.parse(served.text) as PlanDocument)
        if (compiled.steps.some((step) => !Number.isInteger(step.next)))
          throw new Error('a step that leads nowhere')
        // What is found good can be walked, and shown.
        for (const plan of Object.keys(compiled.firstSteps)) {
          treesOf(compiled, plan)
          for (const status of ['ACK', 'NAK'] as const)
            await walkCompiled(compiled, { ...HOSTILE, answers: () => ({ ...SAID, status }) }, plan)
        }
      },
    }
  },
})
