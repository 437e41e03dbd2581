/** Documents as large as they may be, in the shapes that cost most to check and to serve. */
import {
  MOST_ADDRESSES,
  MOST_AUDIO,
  MOST_BYTES,
  MOST_CALLED_STEPS,
  MOST_CASES,
  MOST_CASES_IN_ALL,
  MOST_CHOICES,
  MOST_CHOICES_IN_ALL,
  MOST_CLOSED_DAYS,
  MOST_HEADERS,
  MOST_HOLIDAY_REGIONS,
  MOST_HOURS,
  MOST_MATCHES,
  MOST_NUMBERS,
  MOST_PLACEHOLDERS,
  MOST_PLANS,
  MOST_SCHEDULES,
  MOST_STEPS,
  MOST_WEBHOOKS,
} from '../../src/plan/caps.ts'

/** A document's text; `share` (1 or less) is how much of the most that there may be. */
export type Shape = (share: number) => string

type Steps = readonly object[]

export const list = <T>(count: number, item: (i: number) => T): T[] =>
  Array.from({ length: Math.floor(count) }, (_, i) => item(i))
export const named = (
  count: number,
  item: (i: number) => unknown,
  name = (i: number) => `n${i}`,
): Record<string, unknown> => Object.fromEntries(list(count, (i) => [name(i), item(i)]))
/** 64 characters that are a name, and that no other number gives. */
export const long = (i: number): string => i.toString(36).padStart(6, '0').padEnd(64, 'abcdefghij')
export const text = (length: number): string => 'a'.repeat(length)

export const webhook = { urlTemplate: 'https://crm.example/?n={callerid}' }
export const ring = { type: 'bridge', destination: '215' }
const hours = { days: 'mon-sun', from: '00:00', to: '24:00' }
const messages = { startMessage: 'hi', errorMessage: 'hi', timeoutMessage: 'hi' }

/** One step of each kind at its largest; each stands in a list of its own. */
export const kinds: Readonly<Record<string, (i: number) => object>> = {
  bridges: () => ({ ...ring, strategy: 'sequential', destination: list(20, (i) => `+3150210${String(i).padStart(4, '0')}`) }),
  'webhook steps': () => ({ type: 'webhook', webhook: 'crm' }),
  notices: () => ({ type: 'notify', webhook: 'crm' }),
  queues: () => ({ type: 'queue', queue: long(1), maxWaitSeconds: 60, exitKey: '1', on: { full: [], timeout: [], noAgents: [], exitKey: [], failed: [] } }),
  mailboxes: () => ({ type: 'voicemail', mailbox: long(1), greeting: 'hi', maxSeconds: 60 }),
  transfers: () => ({ type: 'transfer', destination: '8000' }),
  codes: () => ({ type: 'ivr', ...messages, success: [] }),
  plays: () => ({ type: 'play', audio: 'hi' }),
  records: () => ({ type: 'record', announce: 'hi' }),
  hangups: () => ({ type: 'hangup' }),
  calls: () => ({ type: 'call', plan: 'other' }),
  gotos: () => ({ type: 'goto', plan: 'other' }),
  names: () => ({ type: 'callername', mode: 'replace', text: '日'.repeat(64) }),
  'names of variables': () => ({ type: 'callername', mode: 'append', text: '{var.a}'.repeat(9) }),
  schedules: () => ({ type: 'schedule', hours: list(3, () => ({ days: ['mon-fri', 'sun'], from: '09:00', to: '17:30' })), closedOn: list(10, (i) => `12-${10 + i}`) }),
  callerids: () => ({ type: 'callerid', presentation: 'called' }),
  switches: () => ({ type: 'switch', on: 'callerid', cases: [{ match: ['+31612345678', '+3150*'], steps: [] }] }),
  'notes and ids': (i) => ({ type: 'play', audio: 'hi', id: long(i), note: text(700) }),
} // prettier-ignore

/** One plan with these steps, and what they name. */
export function withSteps(steps: Steps, more: object = {}): string {
  return JSON.stringify({
    audio: { hi: 'hi.wav' },
    webhooks: { crm: webhook },
    plans: { main: { numbers: ['1'], steps }, other: { steps: [] } },
    ...more,
  })
}

const withNumbers = (numbers: readonly unknown[]) =>
  JSON.stringify({ plans: { main: { numbers, steps: [ring] } } })
const withWebhooks = (webhooks: object) => withSteps([{ type: 'webhook', webhook: 'n0' }], { webhooks })

/** `levels` deep lists, one step in each. */
export function nested(levels: number, of: (inner: Steps) => object): Steps {
  return list(levels, (i) => i).reduce<Steps>((inner) => [of(inner)], [])
}

/** Most steps there may be, as deep as there may be. */
const deep = (share: number, of: (inner: Steps) => object) =>
  withSteps(list((MOST_STEPS * share) / 60, () => nested(60, of)).flat())

/** What fills the rest of a document's bytes, where nobody counts anything. */
export function filled(document: string, share = 1): string {
  const room = Math.floor(MOST_BYTES * share) - Buffer.byteLength(document) - 10
  return room <= 0 ? document : `${document.slice(0, -1)},"x-f":"${text(room)}"}`
}

export const valid: Readonly<Record<string, Shape>> = {
  ...Object.fromEntries(
    Object.entries(kinds).map(([name, step]) => [name, (share: number) => withSteps(list(MOST_STEPS * share, step))]),
  ),
  'deep webhooks': (share) => deep(share, (inner) => ({ type: 'webhook', webhook: 'crm', success: inner })),
  'deep bridges': (share) => deep(share, (inner) => ({ ...ring, on: { busy: inner, failed: [] } })),
  'an address book': (share) => withSteps([{ type: 'callername', mode: 'book' }], { addressBook: named(MOST_ADDRESSES * share, () => '日'.repeat(64), (i) => `06 1${String(i).padStart(7, '0')}`) }),
  'one menu': (share) => withSteps([{ type: 'ivr', ...messages, choices: named(MOST_CHOICES * share, () => [ring], (i) => String(i).padStart(6, '0')) }]),
  menus: (share) => withSteps(list((MOST_CHOICES_IN_ALL / MOST_CHOICES) * share, () => ({ type: 'ivr', ...messages, choices: named(MOST_CHOICES, () => [], (i) => String(i).padStart(64, '0')) }))),
  'one switch': (share) => withSteps([{ type: 'switch', on: 'callerid', cases: list(MOST_CASES * share, (i) => ({ match: list(MOST_MATCHES / MOST_CASES, (j) => `06 1${String(i * 10 + j).padStart(7, '0')}`), steps: [] })) }]),
  'a switch of prefixes': (share) => withSteps([{ type: 'switch', on: 'callerid', cases: list(MOST_CASES * share, (i) => ({ match: list(MOST_MATCHES / MOST_CASES, (j) => `+31${'1'.repeat(j % 8)}2${String(i * 10 + j).padStart(5, '0')}*`), steps: [] })) }]),
  'a switch of names that begin alike': (share) => withSteps([{ type: 'switch', on: 'callername', cases: list(MOST_CASES * share, (i) => ({ match: list(MOST_MATCHES / MOST_CASES, (j) => `${text(50 + j)}${i}*`), steps: [] })) }]),
  'small switches': (share) => withSteps(list((MOST_CASES_IN_ALL / 2) * share, () => ({ type: 'switch', on: 'country', cases: [{ match: 'NL', steps: [] }, { match: 'BE', steps: [] }] }))),
  'small menus': (share) => withSteps(list((MOST_CHOICES_IN_ALL / 2) * share, () => ({ type: 'ivr', ...messages, choices: { '1': [], '2': [] } }))),
  'webhooks with headers': (share) => withWebhooks(named(MOST_WEBHOOKS * share, () => ({ ...webhook, headers: named(MOST_HEADERS, () => text(94), (i) => `h${i}`) }))),
  'webhooks with fat headers': (share) => withWebhooks(named(MOST_WEBHOOKS * share * 0.48, () => ({ ...webhook, headers: named(2, () => text(4050)) }))),
  'webhooks with everything': (share) => withWebhooks(named(MOST_WEBHOOKS * share, () => ({
    urlTemplate: `https://crm.example/${'{callername}'.repeat(MOST_PLACEHOLDERS)}`, fallbackUrlTemplate: `https://crm.example/${text(1900)}`,
    ivr: messages, waitAudio: 'hi', description: text(800), signingSecret: ['env:ACME_KEY', 'env:ACME_KEY'],
  }))),
  'plans in a row': (share) => JSON.stringify({ plans: { main: { numbers: ['1'], steps: [{ type: 'goto', plan: long(1) }] }, ...named(MOST_PLANS * share - 1, (i) => ({ steps: [{ type: 'goto', plan: long((i + 1) % (MOST_PLANS * share - 1)) }, ring] }), long) } }),
  'plans that call one another': (share) => JSON.stringify({ audio: { hi: 'hi.wav' }, plans: { main: { numbers: ['1'], steps: list(MOST_CALLED_STEPS / 10 * share, () => ({ type: 'call', plan: 'n1' })) }, ...named(10, (i) => ({ steps: i === 9 ? [{ type: 'play', audio: 'hi' }] : [{ type: 'call', plan: `n${i + 1}` }] })) } }),
  'a plan that is called often': (share) => JSON.stringify({ audio: { hi: 'hi.wav' }, plans: { main: { numbers: ['1'], steps: list(9, () => ({ type: 'call', plan: 'n' })) }, n: { steps: [{ type: 'ivr', ...messages, choices: named((MOST_CALLED_STEPS / 10) * share, () => [], String) }] } } }),
  'plans in a mesh': (share) => JSON.stringify({ audio: { hi: 'hi.wav' }, plans: { main: { numbers: ['1'], steps: [{ type: 'goto', plan: 'n0' }] }, ...named(MOST_PLANS * share - 1, (i) => ({ steps: [{ type: 'ivr', startMessage: 'hi', choices: named(4, (j) => [{ type: 'goto', plan: `n${(i * 7 + j * 13) % (MOST_PLANS * share - 1)}` }], String) }] })) } }),
  audio: (share) => withSteps(list(MOST_AUDIO * share, (i) => ({ type: 'play', audio: long(i) })), { audio: named(MOST_AUDIO * share, () => text(120), long) }),
  'named schedules': (share) => withSteps(list(MOST_SCHEDULES * share, (i) => ({ type: 'schedule', schedule: `n${i}` })), { schedules: named(MOST_SCHEDULES * share, () => ({ hours: list(20, () => hours), closedOn: list(80, (i) => `2026-${12 - (i % 12)}-${10 + (i % 20)}`.replace(/-(\d)-/, '-0$1-')) })) }),
  'a long schedule': (share) => withSteps(list(100, () => ({ type: 'schedule', schedule: 'n0' })), { schedules: { n0: { hours: list(MOST_HOURS * share, () => hours), closedOn: [...list(MOST_HOLIDAY_REGIONS, (i) => ({ holidays: ['TW', 'HK', 'VN', 'KR', 'MY-05', 'US-NH', 'US-NJ', 'IL', 'NL', 'DE'][i] })), ...list((MOST_CLOSED_DAYS - MOST_HOLIDAY_REGIONS) * share, () => '2020-01-01')] } } }),
  numbers: (share) => withNumbers(list(MOST_NUMBERS * share, (i) => `+3150${2_000_000 + i}`)),
  'national numbers': (share) => withNumbers(list(MOST_NUMBERS * share, (i) => `050 - ${2_000_000 + i}`)),
  'numbers that nobody can dial': (share) => withNumbers(list(MOST_NUMBERS * share, (i) => `0${i}`.padEnd(30, ' '))),
  prefixes: (share) => withNumbers(list(MOST_NUMBERS * share, (i) => `${i}*`)),
  'a long text that is ignored': (share) => filled(withSteps([ring]), share),
  'fields that are ignored': (share) => withSteps([ring], { webhooks: { crm: { ...webhook, ...named(300_000 * share, () => 1, (i) => `x-${i}`) } } }),
  'an object that is ignored': (share) => withSteps([ring], { $schema: 'a', 'x-a': named(330_000 * share, () => 1) }),
  'a list that is ignored': (share) => withSteps([ring], { 'x-a': list(2_090_000 * share, () => 1) }),
  'objects that are ignored': (share) => withSteps([ring], { 'x-a': list(1_390_000 * share, () => ({})) }),
  'lines that are empty': (share) => withSteps([ring]) + '\n'.repeat((MOST_BYTES - 1000) * share),
} // prettier-ignore

const ofSteps = (step: (i: number) => object) => (share: number) => withSteps(list(MOST_STEPS * share, step))

export const wrong: Readonly<Record<string, Shape>> = {
  'unknown names, each like two hundred others': (share) => withSteps(list(MOST_STEPS * share, (i) => ({ type: 'play', audio: long(i) })), { audio: named(200, () => 'a.wav', (i) => `b${long(i)}`.slice(0, 64)) }),
  'unknown names among many': (share) => withSteps(list(MOST_STEPS * share, (i) => ({ type: 'play', audio: `b${i}` })), { audio: named(MOST_AUDIO * share, () => 'a.wav') }),
  'steps of no type': ofSteps(() => ({ type: 'nap' })),
  'steps without anything': ofSteps(() => ({})),
  'destinations of the wrong kind': ofSteps(() => ({ type: 'bridge', destination: list(20, () => 3) })),
  'a long list of destinations': (share) => withSteps([{ type: 'bridge', destination: list(2_000_000 * share, () => 3) }]),
  'the same id': ofSteps(() => ({ ...ring, id: 'same' })),
  'one wrong step behind all others': (share) => withSteps([...list(MOST_STEPS * share - 1, () => ring), {}]),
  'deep steps': (share) => deep(share, (inner) => ({ type: 'webhook', webhok: 'crm', success: inner })),
  'hours of the wrong kind': (share) => withSteps([{ type: 'schedule', hours: list(900_000 * share, () => ({})) }]),
  'closing days of the wrong kind': (share) => withSteps([{ type: 'schedule', schedule: 'n0' }], { schedules: named(MOST_SCHEDULES * share, () => ({ hours: [], closedOn: list(400, () => 'no') })) }),
  'holidays past counting': (share) => withSteps([{ type: 'schedule', hours: [hours], closedOn: list(150_000 * share, (i) => ({ holidays: `X${i}` })) }]),
  'a long time zone': (share) => withSteps([ring], { timezone: text(4_000_000 * share) }),
  'unknown fields of a webhook': (share) => withWebhooks({ crm: { ...webhook, ...named(330_000 * share, () => 1) } }),
  'unknown fields of webhooks': (share) => withWebhooks(named(MOST_WEBHOOKS * share, () => ({ ...webhook, ...named(400, () => 1) }))),
  'unknown fields of the document': (share) => withSteps([], named(300_000 * share, () => 1)),
  'a long list of secrets': (share) => withWebhooks({ crm: { ...webhook, signingSecret: list(2_000_000 * share, () => 1) } }),
  'the same key': (share) => `{${list(600_000 * share, () => '"a":1').join(',')}}`,
  'numbers that are none': (share) => withNumbers(list(MOST_NUMBERS * share, () => 'no')),
  'numbers of the wrong kind': (share) => withNumbers(list(MOST_NUMBERS * share, () => 1)),
  'numbers past counting': (share) => withNumbers(list(900_000 * share, () => '1')),
  'steps past counting': (share) => withSteps(list(190_000 * share, () => ({ type: 'hangup' }))),
  'what stands where steps should': (share) => JSON.stringify({ plans: { main: { steps: list(2_000_000 * share, () => 1) } } }),
  'plans that call round': (share) => JSON.stringify({ plans: named(MOST_PLANS * share, (i) => ({ numbers: i === 0 ? ['1'] : [], steps: list(5, () => ({ type: 'call', plan: long((i + 1) % (MOST_PLANS * share)) })) }), long) }),
  'plans that call too deep': (share) => JSON.stringify({ plans: named(MOST_PLANS * share, (i) => ({ numbers: i === 0 ? ['1'] : [], steps: list(5, () => ({ type: 'call', plan: long(Math.min(i + 1, MOST_PLANS * share - 1)) })).slice(i + 1 < MOST_PLANS * share ? 0 : 5) }), long) }),
  'plans that call round in a mesh': (share) => JSON.stringify({ plans: named(MOST_PLANS * share, (i) => ({ numbers: i === 0 ? ['1'] : [], steps: list(5, (j) => ({ type: j === 0 ? 'call' : 'goto', plan: `n${(i * 7 + j * 13 + 1) % (MOST_PLANS * share)}` })) })) }),
  'plans that are called too often': (share) => JSON.stringify({ plans: { main: { numbers: ['1'], steps: [{ type: 'call', plan: 'n0' }] }, ...named(9, (i) => ({ steps: list((MOST_STEPS / 10) * share, () => (i === 8 ? { type: 'hangup' } : { type: 'call', plan: `n${i + 1}` })) })) } }),
  'an address book of no numbers': (share) => withSteps([{ type: 'callername', mode: 'book' }], { addressBook: named(MOST_ADDRESSES * share, () => 'x', (i) => `no ${i}`) }),
  'an address book of one number': (share) => withSteps([{ type: 'callername', mode: 'book' }], { addressBook: named(MOST_ADDRESSES * share, () => 'x', (i) => `06 1234567${'8'.padStart((i % 80) + 1, ' ')}${'-'.repeat(i / 80 / 10)}${'.'.repeat((i / 80) % 10)}`.slice(0, 100)) }),
  'addresses past counting': (share) => withSteps([], { addressBook: named(250_000 * share, () => 'x', (i) => String(i)) }),
  'a long match': (share) => withSteps([{ type: 'switch', on: 'callerid', cases: [{ match: '(1)-'.repeat(1_000_000 * share), steps: [] }] }]),
  'matches of no number': (share) => withSteps([{ type: 'switch', on: 'did', cases: [{ match: list(MOST_MATCHES * share, () => '(1)-'.repeat(64)), steps: [] }] }]),
  'matches of one value': (share) => withSteps([{ type: 'switch', on: 'callername', cases: list(MOST_CASES * share, () => ({ match: list(MOST_MATCHES / MOST_CASES, () => text(256)), steps: [] })) }]),
  'matches past counting': (share) => withSteps([{ type: 'switch', on: 'callerid', cases: [{ match: list(900_000 * share, () => '1'), steps: [] }] }]),
  'cases past counting': (share) => withSteps([{ type: 'switch', on: 'callerid', cases: list(130_000 * share, () => ({ match: '1', steps: [] })) }]),
  'cases of the wrong kind': (share) => withSteps(list(MOST_STEPS * share, () => ({ type: 'switch', on: { variable: 'A' }, cases: [{ match: 1 }] }))),
  'variables that are none in names': (share) => withSteps(list(MOST_STEPS * share, () => ({ type: 'callername', mode: 'replace', text: '{var.A}'.repeat(90) }))),
  'secret variables past counting': (share) => withWebhooks({ crm: { ...webhook, secretVariables: list(900_000 * share, () => 'a') } }),
  'choices past counting': (share) => withSteps([{ type: 'ivr', ...messages, choices: named(330_000 * share, () => [], String) }]),
  'headers past counting': (share) => withWebhooks({ crm: { ...webhook, headers: named(250_000 * share, () => '') } }),
  'plans past counting': (share) => JSON.stringify({ plans: named(180_000 * share, () => ({ steps: [] })) }),
  'half surrogates': (share) => JSON.stringify({ 'x-a': list(400_000 * share, () => '\ud800') }),
  'a long URL': (share) => withWebhooks({ crm: { urlTemplate: `https://x/${'{did}'.repeat(800_000 * share)}` } }),
  'a long audio': (share) => withSteps([ring], { audio: { hi: `tone_stream://${'path '.repeat(800_000 * share)}` } }),
  'a long name': (share) => withSteps([{ type: 'play', audio: text(4_000_000 * share) }]),
  'a long number': (share) => withNumbers(['(1)-'.repeat(1_000_000 * share)]),
  commas: (share) => ','.repeat(MOST_BYTES * share),
  quotes: (share) => '"'.repeat(MOST_BYTES * share),
  words: (share) => `{"a":[${list(1_000_000 * share, () => 'tru').join()}]}`,
  'nothing but brackets': (share) => '['.repeat(MOST_BYTES * share),
} // prettier-ignore
