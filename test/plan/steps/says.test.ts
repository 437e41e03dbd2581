import { describe, expect, test } from 'vitest'
import { branchesOf, definitionOf } from '../../../src/plan/step-definitions.ts'
import { definitions, type Step } from '../../../src/plan/steps/index.ts'
import { document, plan } from '../walking.ts'

/** With its defaults filled in, in the success branch of a webhook. */
function valid(written: object): Step {
  const steps = [{ type: 'webhook', webhook: 'crm', success: [written] }]
  const [webhook] = document(plan(steps)).plans.main!.steps
  return (webhook as Extract<Step, { type: 'webhook' }>).success[0]!
}

const says = (written: object) => {
  const step = valid(written)
  return definitionOf(step).says(step)
}

const menu = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i), []]))

test.for<[string, object]>([
  ['rings 215 for 30 s', { type: 'bridge', destination: '215' }],
  ['rings 215 for 5 s', { type: 'bridge', destination: ['215'], strategy: 'sequential', ringSeconds: 5 }],
  ['rings 215 and 216 at the same time for 30 s', { type: 'bridge', destination: ['215', '216'] }],
  [
    'rings 215, then 216, then 217, each for 10 s',
    { type: 'bridge', destination: ['215', '216', '217'], strategy: 'sequential', ringSeconds: 10 },
  ],
  ['rings 215 for 30 s, recording the conversation', { type: 'bridge', destination: '215', record: true }],
  ['records the conversations that follow', { type: 'record' }],
  ['plays hello, and records the conversations that follow', { type: 'record', announce: 'hello' }],
  ['records no conversation any more', { type: 'record', stop: true }],
  ['rings what the webhook returned for 30 s', { type: 'bridge', from: 'webhook' }],
  ['rings what the webhook returned in turn for 30 s', { type: 'bridge', from: 'webhook', strategy: 'roundRobin' }],
  [
    'rings 215, 216 (after 10 s) and 217 (after 5 s, for 20 s) at the same time for 30 s',
    {
      type: 'bridge',
      destination: ['215', { to: '216', delaySeconds: 10 }, { to: '217', delaySeconds: 5, ringSeconds: 20 }],
    },
  ],
  [
    'rings 215 and 216 (for 5 s) one after the other, beginning with the next one each time, each for 30 s',
    { type: 'bridge', destination: ['215', { to: '216', ringSeconds: 5 }], strategy: 'roundRobin' },
  ],
  [
    'rings 215 and 216 one after the other in random order, each for 30 s',
    { type: 'bridge', destination: ['215', '216'], strategy: 'random' },
  ],
  [
    'rings 215 for 30 s, showing "Sales", while the caller hears hello, playing hello to whoever answers, putting through who presses 1',
    { type: 'bridge', destination: '215', callerName: 'Sales', ringback: 'hello', announce: 'hello', confirm: true },
  ],
  ['puts the caller into the queue sales', { type: 'queue', queue: 'sales' }],
  ['puts the caller into the queue sales, for at most 60 s, which 1 leaves', { type: 'queue', queue: 'sales', maxWaitSeconds: 60, exitKey: '1' }],
  ['takes a message for 215', { type: 'voicemail', mailbox: '215' }],
  ['plays hello and takes a message for 215 of at most 60 s', { type: 'voicemail', mailbox: '215', greeting: 'hello', maxSeconds: 60 }],
  ['tells the webhook crm', { type: 'notify', webhook: 'crm' }],
  ['asks the webhook crm', { type: 'webhook', webhook: 'crm' }],
  ['plays hello', { type: 'play', audio: 'hello' }],
  ['plays hello without answering', { type: 'play', audio: 'hello', answer: false }],
  ['sets the name to "Sales"', { type: 'callername', mode: 'replace', text: 'Sales' }],
  ['puts "Sales: " before the name', { type: 'callername', mode: 'prepend', text: 'Sales: ' }],
  ['puts " (ACME)" behind the name', { type: 'callername', mode: 'append', text: ' (ACME)' }],
  ['sets the name to that in the address book', { type: 'callername', mode: 'book' }],
  ['sets the name to that which the webhook returned', { type: 'callername', mode: 'webhook' }],
  ['transfers to 8000', { type: 'transfer', destination: '8000' }],
  ['transfers to 8000 in the context night', { type: 'transfer', destination: '8000', context: 'night' }],
  ['hangs up', { type: 'hangup' }],
  ['hangs up with USER_BUSY', { type: 'hangup', cause: 'USER_BUSY' }],
  ["looks at the caller's number", { type: 'switch', on: 'callerid', cases: [{ match: '1', steps: [] }] }],
  ["looks at the caller's country", { type: 'switch', on: 'country', cases: [{ match: 'NL', steps: [] }] }],
  ['looks at the variable tier', { type: 'switch', on: { variable: 'tier' }, cases: [{ match: '1', steps: [] }] }],
  ['shows the dialled number from here on', { type: 'callerid', presentation: 'called' }],
  ['calls the plan night, and comes back', { type: 'call', plan: 'night' }],
  ['goes on in the plan night', { type: 'goto', plan: 'night' }],
  ['goes by the schedule office', { type: 'schedule', schedule: 'office' }],
  [
    'goes by the clock: open mon-fri from 09:00 to 17:30',
    { type: 'schedule', hours: [{ days: 'mon-fri', from: '09:00', to: '17:30' }] },
  ],
  [
    'goes by the clock in Europe/Berlin: open mon and wed-fri from 09:00 to 17:30 and sat from 22:00 to 06:00, but for 2026-12-24, 12-31 and the holidays of DE-BY',
    {
      type: 'schedule',
      timezone: 'Europe/Berlin',
      hours: [{ days: ['mon', 'wed-fri'], from: '09:00', to: '17:30' }, { days: 'sat', from: '22:00', to: '06:00' }],
      closedOn: ['2026-12-24', '12-31', { holidays: 'DE-BY' }],
    },
  ],
  ['goes by the clock: open never', { type: 'schedule', hours: [] }],
  ['plays hello and waits for a code', { type: 'ivr', startMessage: 'hello', success: [] }],
  ['plays hello and waits for 0', { type: 'ivr', startMessage: 'hello', choices: { '0': [], 'x-1': 'no choice' } }],
  [
    'plays hello and waits for 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 or 3 more',
    { type: 'ivr', startMessage: 'hello', choices: menu(15) },
  ],
])('a step says: %s', ([sentence, step]) => expect(says(step)).toBe(sentence)) // prettier-ignore

describe('when a branch is walked', () => {
  test.for<[readonly string[], object]>([
    [['on ACK', 'on anything but ACK'], { type: 'webhook', webhook: 'crm', success: [], failure: [] }],
    [
      ['when busy', 'when rejected', 'when nobody answers', 'when unavailable', 'when it fails'],
      { type: 'bridge', destination: '1', on: { busy: [], rejected: [], noAnswer: [], unavailable: [], failed: [] } },
    ],
    [
      ['when the queue is full', 'when no agent answers in time', 'when there are no agents', 'when the caller leaves the queue', 'when it fails'],
      { type: 'queue', queue: 'sales', exitKey: '1', on: { full: [], timeout: [], noAgents: [], exitKey: [], failed: [] } },
    ],
    [['on 1', 'on *', 'without a good entry'], { type: 'ivr', startMessage: 'hello', choices: { '1': [], '*': [] } }],
    [['when open', 'when closed'], { type: 'schedule', hours: [], open: [], closed: [] }],
    [
      ['when it is +31612345678 or +3150*', 'when it is withheld', 'otherwise'],
      { type: 'switch', on: 'callerid', cases: [{ match: ['+31612345678', '+3150*'], steps: [] }, { match: 'withheld', steps: [] }] },
    ],
    [['with a code', 'without a good entry'], { type: 'ivr', startMessage: 'hello', success: [] }],
  ])('is said: %s', ([sentences, written]) => {
    const step = valid(written)
    const branches = branchesOf(step).map(({ path }) => path.join('/'))
    expect(branches.map((branch) => definitionOf(step).saysBranch!(branch, step))).toEqual(sentences)
  }) // prettier-ignore

  test.for(Object.entries(definitions))('%s says it if it has any', ([, { branches, saysBranch }]: [string, { branches?: object; saysBranch?: unknown }]) =>
    expect(saysBranch === undefined).toBe(branches === undefined)) // prettier-ignore
})
