import { describe, expect, test } from 'vitest'
import { saysOf, stepInWords } from '../../../src/plan/step-definitions.ts'
import { definitions, type Step } from '../../../src/plan/steps/index.ts'
import type { StepDefinition } from '../../../src/plan/step.ts'
import { LANGUAGES, type Wording } from '../../../src/plan/wording.ts'
import { document, plan } from '../walking.ts'

/** With its defaults filled in, in the success branch of a webhook. */
function valid(written: object): Step {
  const steps = [{ type: 'webhook', webhook: 'crm', success: [written] }]
  const [webhook] = document(plan(steps)).plans.main!.steps
  return (webhook as Extract<Step, { type: 'webhook' }>).success[0]!
}

const menu = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i), []]))

const on = (subject: unknown) => ({ type: 'switch', on: subject, cases: [{ match: '1', steps: [] }] })

test.for<[string, string, object]>([
  ['rings 215 for 30 s', 'belt 215 gedurende 30 seconden', { type: 'bridge', destination: '215' }],
  ['rings 215 for 1 s', 'belt 215 gedurende 1 seconde', { type: 'bridge', destination: ['215'], strategy: 'sequential', ringSeconds: 1 }],
  [
    'rings 215 and 216 at the same time for 30 s',
    'belt 215 en 216 tegelijk gedurende 30 seconden',
    { type: 'bridge', destination: ['215', '216'] },
  ],
  [
    'rings 215, then 216, then 217, each for 10 s',
    'belt 215, dan 216, dan 217, elk gedurende 10 seconden',
    { type: 'bridge', destination: ['215', '216', '217'], strategy: 'sequential', ringSeconds: 10 },
  ],
  [
    'rings 215 for 30 s, recording the conversation',
    'belt 215 gedurende 30 seconden en maakt een gespreksopname',
    { type: 'bridge', destination: '215', record: true },
  ],
  ['records the conversations that follow', 'zet de gespreksopname aan voor wat volgt', { type: 'record' }],
  [
    'plays hello, and records the conversations that follow',
    'speelt hello af en zet de gespreksopname aan voor wat volgt',
    { type: 'record', announce: 'hello' },
  ],
  ['records no conversation any more', 'zet de gespreksopname uit', { type: 'record', stop: true }],
  ['rings what the webhook returned for 30 s', 'belt wat de webhook teruggaf gedurende 30 seconden', { type: 'bridge', from: 'webhook' }],
  [
    'rings what the webhook returned one after the other for 30 s',
    'belt na elkaar wat de webhook teruggaf gedurende 30 seconden',
    { type: 'bridge', from: 'webhook', strategy: 'sequential' },
  ],
  [
    'rings what the webhook returned in turn for 30 s',
    'belt om de beurt wat de webhook teruggaf gedurende 30 seconden',
    { type: 'bridge', from: 'webhook', strategy: 'roundRobin' },
  ],
  [
    'rings what the webhook returned in random order for 30 s',
    'belt in willekeurige volgorde wat de webhook teruggaf gedurende 30 seconden',
    { type: 'bridge', from: 'webhook', strategy: 'random' },
  ],
  [
    'rings 215, 216 (after 10 s) and 217 (after 5 s, for 20 s) at the same time for 30 s',
    'belt 215, 216 (na 10 seconden) en 217 (na 5 seconden, gedurende 20 seconden) tegelijk gedurende 30 seconden',
    { type: 'bridge', destination: ['215', { to: '216', delaySeconds: 10 }, { to: '217', delaySeconds: 5, ringSeconds: 20 }] },
  ],
  [
    'rings 215 and 216 (for 5 s) one after the other, beginning with the next one each time, each for 30 s',
    'belt 215 en 216 (gedurende 5 seconden) om de beurt, telkens te beginnen bij de volgende, elk gedurende 30 seconden',
    { type: 'bridge', destination: ['215', { to: '216', ringSeconds: 5 }], strategy: 'roundRobin' },
  ],
  [
    'rings 215 and 216 one after the other in random order, each for 30 s',
    'belt 215 en 216 na elkaar in willekeurige volgorde, elk gedurende 30 seconden',
    { type: 'bridge', destination: ['215', '216'], strategy: 'random' },
  ],
  [
    'rings 215 for 30 s, showing "Sales", while the caller hears hello, playing hello to whoever answers, putting through who presses 1',
    'belt 215 gedurende 30 seconden, toont "Sales" als naam, laat de beller intussen hello horen, speelt hello af voor wie opneemt en verbindt pas door na toets 1',
    { type: 'bridge', destination: '215', callerName: 'Sales', ringback: 'hello', announce: 'hello', confirm: true },
  ],
  ['puts the caller into the queue sales', 'zet de beller in de wachtrij sales', { type: 'queue', queue: 'sales' }],
  [
    'puts the caller into the queue sales, for at most 60 s, which 1 leaves',
    'zet de beller in de wachtrij sales, voor hoogstens 60 seconden, te verlaten met toets 1',
    { type: 'queue', queue: 'sales', maxWaitSeconds: 60, exitKey: '1' },
  ],
  ['takes a message for 215', 'laat een bericht inspreken in de voicemail van 215', { type: 'voicemail', mailbox: '215' }],
  [
    'plays hello and takes a message for 215 of at most 60 s',
    'speelt hello af en laat een bericht van hoogstens 60 seconden inspreken in de voicemail van 215',
    { type: 'voicemail', mailbox: '215', greeting: 'hello', maxSeconds: 60 },
  ],
  ['tells the webhook crm', 'meldt de oproep aan de webhook crm', { type: 'notify', webhook: 'crm' }],
  ['asks the webhook crm', 'raadpleegt de webhook crm', { type: 'webhook', webhook: 'crm' }],
  ['plays hello', 'speelt hello af', { type: 'play', audio: 'hello' }],
  ['plays hello without answering', 'speelt hello af zonder de oproep aan te nemen', { type: 'play', audio: 'hello', answer: false }],
  ['sets the name to "Sales"', 'vervangt de naam door "Sales"', { type: 'callername', mode: 'replace', text: 'Sales' }],
  ['puts "Sales: " before the name', 'zet "Sales: " voor de naam', { type: 'callername', mode: 'prepend', text: 'Sales: ' }],
  ['puts " (ACME)" behind the name', 'zet " (ACME)" achter de naam', { type: 'callername', mode: 'append', text: ' (ACME)' }],
  ['sets the name to that in the address book', 'vervangt de naam door die in het adresboek', { type: 'callername', mode: 'book' }],
  [
    'sets the name to that which the webhook returned',
    'vervangt de naam door die van de webhook',
    { type: 'callername', mode: 'webhook' },
  ],
  ['transfers to 8000', 'verbindt door naar 8000', { type: 'transfer', destination: '8000' }],
  [
    'transfers to 8000 in the context night',
    'verbindt door naar 8000 in de context night',
    { type: 'transfer', destination: '8000', context: 'night' },
  ],
  ['hangs up', 'hangt op', { type: 'hangup' }],
  ['hangs up with USER_BUSY', 'hangt op met USER_BUSY', { type: 'hangup', cause: 'USER_BUSY' }],
  ["looks at the caller's number", 'kijkt naar het nummer van de beller', on('callerid')],
  ['looks at the dialled number', 'kijkt naar het gebelde nummer', on('did')],
  ["looks at the caller's name", 'kijkt naar de naam van de beller', on('callername')],
  ["looks at the caller's country", 'kijkt naar het land van de beller', on('country')],
  ['looks at the code', 'kijkt naar de code', on('code')],
  ['looks at the variable tier', 'kijkt naar de variabele tier', on({ variable: 'tier' })],
  ["shows the caller's number from here on", 'toont vanaf hier het nummer van de beller', { type: 'callerid', presentation: 'caller' }],
  ['shows the dialled number from here on', 'toont vanaf hier het gebelde nummer', { type: 'callerid', presentation: 'called' }],
  ['shows no number from here on', 'toont vanaf hier geen nummer', { type: 'callerid', presentation: 'suppressed' }],
  ['calls the plan night, and comes back', 'voert het plan night uit en komt terug', { type: 'call', plan: 'night' }],
  ['goes on in the plan night', 'gaat verder in het plan night', { type: 'goto', plan: 'night' }],
  ['goes by the schedule office', 'kijkt naar de openingstijden office', { type: 'schedule', schedule: 'office' }],
  [
    'goes by the clock: open mon-fri from 09:00 to 17:30',
    'kijkt op de klok: open ma t/m vr van 09:00 tot 17:30',
    { type: 'schedule', hours: [{ days: 'mon-fri', from: '09:00', to: '17:30' }] },
  ],
  [
    'goes by the clock: open tue, thu and sun from 00:00 to 24:00',
    'kijkt op de klok: open di, do en zo van 00:00 tot 24:00',
    { type: 'schedule', hours: [{ days: ['tue', 'thu', 'sun'], from: '00:00', to: '24:00' }] },
  ],
  [
    'goes by the clock in Europe/Berlin: open mon and wed-fri from 09:00 to 17:30 and sat from 22:00 to 06:00, but for 2026-12-24, 12-31 and the holidays of DE-BY',
    'kijkt op de klok in Europe/Berlin: open ma en wo t/m vr van 09:00 tot 17:30 en za van 22:00 tot 06:00, behalve op 2026-12-24, 12-31 en de feestdagen van DE-BY',
    {
      type: 'schedule',
      timezone: 'Europe/Berlin',
      hours: [{ days: ['mon', 'wed-fri'], from: '09:00', to: '17:30' }, { days: 'sat', from: '22:00', to: '06:00' }],
      closedOn: ['2026-12-24', '12-31', { holidays: 'DE-BY' }],
    },
  ],
  ['goes by the clock: open never', 'kijkt op de klok: open op geen enkel moment', { type: 'schedule', hours: [] }],
  ['plays hello and waits for a code', 'speelt hello af en wacht op een code', { type: 'ivr', startMessage: 'hello', success: [] }],
  [
    'plays hello and waits for 0',
    'speelt hello af en wacht op keuze 0',
    { type: 'ivr', startMessage: 'hello', choices: { '0': [], 'x-1': 'no choice' } },
  ],
  [
    'plays hello and waits for 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 or 3 more',
    'speelt hello af en wacht op keuze 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 of 3 andere',
    { type: 'ivr', startMessage: 'hello', choices: menu(15) },
  ],
])('a step says: %s / %s', ([en, nl, written]) => {
  const step = valid(written)
  expect([saysOf(step, 'en'), saysOf(step, 'nl')]).toEqual([en, nl])
}) // prettier-ignore

describe('when a branch is walked', () => {
  test.for<[string[], string[], object]>([
    [['on ACK', 'on anything but ACK'], ['bij ACK', 'bij alles behalve ACK'], { type: 'webhook', webhook: 'crm', success: [], failure: [] }],
    [
      ['when busy', 'when rejected', 'when nobody answers', 'when unavailable', 'when it fails'],
      ['bij bezet', 'bij weigering', 'bij geen gehoor', 'bij niet bereikbaar', 'als het mislukt'],
      { type: 'bridge', destination: '1', on: { busy: [], rejected: [], noAnswer: [], unavailable: [], failed: [] } },
    ],
    [
      ['when the queue is full', 'when no agent answers in time', 'when there are no agents', 'when the caller leaves the queue', 'when it fails'],
      ['als de wachtrij vol is', 'als geen medewerker op tijd opneemt', 'als er geen medewerkers zijn aangemeld', 'als de beller de wachtrij verlaat', 'als het mislukt'],
      { type: 'queue', queue: 'sales', exitKey: '1', on: { full: [], timeout: [], noAgents: [], exitKey: [], failed: [] } },
    ],
    [
      ['on 1', 'on *', 'without a good entry'],
      ['bij keuze 1', 'bij keuze *', 'zonder geldige invoer'],
      { type: 'ivr', startMessage: 'hello', choices: { '1': [], '*': [] } },
    ],
    [['with a code', 'without a good entry'], ['met een code', 'zonder geldige invoer'], { type: 'ivr', startMessage: 'hello', success: [] }],
    [['when open', 'when closed'], ['als het open is', 'als het gesloten is'], { type: 'schedule', hours: [], open: [], closed: [] }],
    [
      ['when it is +31612345678 or +3150*', 'when it is withheld', 'otherwise'],
      ['als het +31612345678 of +3150* is', 'als het afgeschermd is', 'anders'],
      { type: 'switch', on: 'callerid', cases: [{ match: ['+31612345678', '+3150*'], steps: [] }, { match: 'withheld', steps: [] }] },
    ],
    // A name like any other.
    [['when it is withheld', 'otherwise'], ['als het withheld is', 'anders'], { type: 'switch', on: 'callername', cases: [{ match: 'withheld', steps: [] }] }],
  ])('is said: %s', ([en, nl, written]) => {
    const step = valid(written)
    const said = (['en', 'nl'] as const).map((language) => stepInWords(step, language).branches.map(({ sentence }) => sentence))
    expect(said).toEqual([en, nl])
  }) // prettier-ignore

  test.for(Object.entries(definitions))('%s says it if it has any', ([, { branches, saysBranch }]: [string, { branches?: object; saysBranch?: unknown }]) =>
    expect(saysBranch === undefined).toBe(branches === undefined)) // prettier-ignore
})

test('every step has a title of its own in each language', () => {
  const titles = Object.values(definitions as Record<string, { title: Wording }>).map(({ title }) => title)
  for (const language of LANGUAGES) {
    const all = titles.map((title) => title[language])
    expect(all.filter((title) => !/^[A-Z]/.test(title))).toEqual([])
    expect(new Set(all).size).toBe(all.length)
  }
})

test('a sentence in English alone does not compile', () => {
  // @ts-expect-error: without `nl`.
  const step: Pick<StepDefinition, 'says'> = { says: () => ({ en: 'hangs up' }) }
  expect(Object.keys(step.says({ type: 'hangup' }))).not.toEqual(LANGUAGES)
})

test('a step in words has its title, its sentence and its branches, each with its steps', () => {
  const busy = { type: 'play', audio: 'hello' }
  const step = valid({ type: 'bridge', destination: '215', on: { failed: [], busy: [busy] } })
  expect(stepInWords(step, 'nl')).toEqual({
    title: 'Bellen',
    sentence: 'belt 215 gedurende 30 seconden',
    branches: [
      { name: 'on/failed', sentence: 'als het mislukt', steps: [] },
      { name: 'on/busy', sentence: 'bij bezet', steps: [{ ...busy, answer: true }] },
    ],
  })
})
