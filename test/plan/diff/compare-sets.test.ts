import { expect, test } from 'vitest'
import { audio, changes, play, ring, sentences, webhooks, withSteps } from './comparing.ts'

const plans = (main: object, more: object = {}) => ({ plans: { main: { steps: [], ...main }, ...more } })
const closed = { closed: { steps: [{ type: 'hangup' }] } }

test('the same sets do not differ', () => {
  const set = { acme: withSteps(ring('215')), zoo: withSteps(play('hello')) }
  expect(sentences({ acme: set.acme }, { acme: set.acme })).toEqual([])
  // In another order, and otherwise written.
  const turned = { plans: set.acme.plans, webhooks: set.acme.webhooks, audio: set.acme.audio }
  expect(sentences({ acme: set.acme }, { acme: turned })).toEqual([])
})

test('a number leads to another plan, and a step rings another telephone', () => {
  const before = { acme: plans({ numbers: ['+31502100000'], steps: [play('hello'), ring('215')] }, closed) }
  const after = {
    acme: { ...plans({ steps: [play('hello'), ring(['215', '217'])] }, { closed: { ...closed.closed, numbers: ['050-2100000'] } }) },
  } // prettier-ignore
  expect(sentences(with_(before), with_(after))).toEqual([
    'acme: 050-2100000 now leads to `closed`, and no longer to `main`',
    'acme: in `main`, step 2 rings 217 as well',
  ])
})

const with_ = ({ acme }: { acme: object }) => ({ acme: { audio, webhooks, ...acme } })

test('schedules and the time zone differ', () => {
  const hours = [{ days: 'mon-fri', from: '09:00', to: '17:30' }]
  const set = (schedules?: object, more: object = {}) => ({ a: { ...plans({}), ...more, ...(schedules && { schedules }) } })
  expect(sentences(set(), set({ office: { hours, closedOn: ['12-25', { holidays: 'NL' }] } }, { timezone: 'Europe/Amsterdam' }))).toEqual([
    "a: its time zone is now Europe/Amsterdam, no longer the operator's; its schedules go by it",
    'a: the schedule `office` is new: open mon-fri from 09:00 to 17:30, but for 12-25 and the holidays of NL',
  ])
  expect(sentences(set({ office: { hours } }), set())).toEqual(['a: the schedule `office` is gone'])
  expect(sentences(set({ office: { hours } }), set({ office: { hours: [], timezone: 'UTC' } }))).toEqual([
    'a: the schedule `office` is now open never, no longer mon-fri from 09:00 to 17:30',
    'a: the schedule `office` differs: `timezone` is new: "UTC"',
  ])
  const many = (last: string) => ({ office: { hours, closedOn: [...Array.from({ length: 30 }, () => '12-25'), last] } })
  expect(sentences(set(many('01-01')), set(many('01-02')))).toEqual(['a: the schedule `office` has other closing days'])
}) // prettier-ignore

test('documents come and go, with their numbers', () => {
  const acme = plans({ numbers: ['+31502100000', '215'] })
  expect(sentences({ zoo: plans({}) }, { acme, zoo: plans({}) })).toEqual([
    'acme: the document is new, with 1 plan',
    'acme: +31502100000 and 215 now lead to `main`',
  ])
  expect(sentences({ acme, zoo: plans({}) }, { zoo: plans({}) })).toEqual([
    'acme: the document is gone, with 1 plan',
    'acme: +31502100000 and 215 no longer lead to `main`',
  ])
})

test('a number goes from one document to another: both are told', () => {
  const number = { numbers: ['+31502100000'] }
  expect(sentences({ a: plans(number), b: plans({}) }, { a: plans({}), b: plans(number) })).toEqual([
    'a: +31502100000 no longer leads to `main`, but to `main` of b',
    'b: +31502100000 now leads to `main`, and no longer to `main` of a',
  ])
})

test('numbers with the same change are one sentence, however many', () => {
  const numbers = Array.from({ length: 100 }, (_, i) => `+315021${String(i).padStart(5, '0')}`)
  const [only, ...others] = changes({ a: plans({}) }, { a: plans({ numbers }) })
  expect(others).toEqual([])
  expect(only).toMatchObject({ kind: 'numbersAdded', document: 'a', plan: 'main' })
  expect(only!.sentence).toMatch(/^\+31502100000, .*\+31502100019 and 80 more now lead to `main`$/)
})

test('an internal number goes with its domain to another', () => {
  const before = { a: { domain: 'a.example', ...plans({ numbers: ['215', '216'] }) } }
  const after = { a: { domain: 'b.example', ...plans({ numbers: ['215'] }) } }
  expect(sentences(before, after)).toEqual([
    'a: its domain is now b.example, no longer a.example; internal numbers and {domain} in routes go with it',
    'a: 216 no longer leads to `main`',
  ])
  expect(sentences({ a: plans({}) }, { a: { domain: 'b.example', ...plans({}) } })[0]).toContain(
    'its domain is now b.example, no longer that of FreeSWITCH',
  )
})

test('plans come and go, and missed calls are told to another webhook', () => {
  const both = { webhooks: { crm: webhooks.crm, mail: webhooks.crm } }
  const steps = [ring('215')]
  const set = (main: object, more: object = {}) => ({ acme: { ...both, ...plans({ steps, ...main }, more) } })
  expect(sentences(set({}), set({ missed: 'mail' }, closed))).toEqual([
    'acme: the plan `closed` is new, with 1 step',
    'acme: in `main`, missed calls are now told to the webhook mail',
  ])
  expect(sentences(set({ missed: 'crm' }, closed), set({ missed: 'mail' }))).toEqual([
    'acme: the plan `closed` is gone',
    'acme: in `main`, missed calls are now told to the webhook mail, no longer to crm',
  ])
  expect(sentences(set({ missed: 'mail' }), set({}))).toEqual([
    'acme: in `main`, missed calls are no longer told to the webhook mail',
  ])
})

test('entries of an address book come, go and change, in one form of their numbers', () => {
  const steps = [{ type: 'callername', mode: 'book' }, ring('1')]
  const book = (addressBook: object) => ({ acme: { addressBook, ...withSteps(...steps) } })
  const before = book({ '+31612345678': 'Jane', '215': 'Desk', '+32*': 'Belgium' })
  const after = book({ '06 1234 5678': 'Jane', '216': 'Desk', '217': 'Hall', '+32*': 'België' })
  expect(sentences(before, after)).toEqual([
    'acme: in the address book 216 "Desk" and 217 "Hall" are new',
    'acme: in the address book 215 is gone',
    'acme: in the address book +32* "België" (before: "Belgium") has another name',
  ])
})

test('names of audio and webhooks come, go and change', () => {
  const before = { audio: { a: 'a.wav', b: 'b.wav' }, webhooks: { crm: { urlTemplate: 'https://a/', headers: { 'x-key': '1' } }, old: webhooks.crm } } // prettier-ignore
  const after = {
    audio: { b: 'other.wav', c: 'c.wav' },
    webhooks: {
      crm: { urlTemplate: 'https://b/', timeoutSeconds: 5, headers: { 'x-key': '2' }, waitAudio: 'b', ivr: { startMessage: 'b' } },
      new: webhooks.crm,
    },
  } // prettier-ignore
  expect(sentences({ acme: { ...before, ...plans({}) } }, { acme: { ...after, ...plans({}) } })).toEqual([
    'acme: the audio `a` is gone',
    'acme: the audio `b` is now other.wav, no longer b.wav',
    'acme: the audio `c` is new: c.wav',
    'acme: the webhook `crm` differs: `headers.x-key` is now "2", no longer "1"',
    expect.stringMatching(/`ivr` is new: startMessage "b", /) as string,
    'acme: the webhook `crm` differs: `timeoutSeconds` is now 5, no longer 3',
    'acme: the webhook `crm` differs: `urlTemplate` is now "https://b/", no longer "https://a/"',
    'acme: the webhook `crm` differs: `waitAudio` is new: "b"',
    'acme: the webhook `new` is new: GET https://crm.example/',
    'acme: the webhook `old` is gone',
  ])
})

test('what no call meets is said to be that', () => {
  const before = { acme: { description: 'old', ...plans({ numbers: ['050-2100000'], 'x-a': 1 }) } }
  const after = { acme: { description: 'new', ...plans({ numbers: ['+31502100000'], 'x-a': 2 }) } }
  expect(changes(before, after)).toEqual([
    {
      document: 'acme',
      kind: 'documentUnaffected',
      sentence: expect.stringMatching(/^calls meet no difference/) as string,
    },
  ])
})

test('a document named as a property of every object has changes like any other', () => {
  const named = (destination: string) => ({
    audio: JSON.parse('{"constructor":"a.wav"}') as object,
    plans: { constructor: { steps: [ring(destination)] } },
  })
  expect(sentences({ constructor: named('1') }, { constructor: named('2') })).toEqual([
    'constructor: in `constructor`, step 1 rings 2 for 30 s (before: rings 1 for 30 s)',
  ])
  expect(sentences({ a: plans({}) }, { a: { ...plans({}), audio: JSON.parse('{"constructor":"a.wav"}') as object } })).toEqual([
    'a: the audio `constructor` is new: a.wav',
  ]) // prettier-ignore
})
