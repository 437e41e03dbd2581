import { readdirSync, readFileSync, statSync } from 'node:fs'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openEventStore } from '../../src/events/event-store.ts'
import { openJournal } from '../../src/records/journal.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { event } from '../events/stores.ts'
import { readAll, testJournal } from '../history/journals.ts'
import { id, record } from '../records/records.ts'
import { belplan } from './belplan.ts'

const DAY = '2026-11-22'
const NUMBER = '+31612345678'
/** Parts of it that are in no other number here. */
const TRACES = ['612345678', '6 12345678', '6-12345678', 'Janssen', 'M%C3%BCller', 'Müller']

function folder() {
  const journal = testJournal()
  const { data } = journal
  return {
    ...journal,
    async forget(number: string) {
      const config = join(data, 'belplan.json')
      await writeFile(config, JSON.stringify({ data: '.', defaultCountry: 'NL' }))
      return belplan(['calls', 'forget', number, '--config', config])
    },
    /** What is left of the person, in any file. */
    traces() {
      const files = readdirSync(data, { recursive: true, encoding: 'utf8' }).map((name) => join(data, name))
      return files.flatMap((file) => {
        if (!statSync(file).isFile()) return []
        const bytes = readFileSync(file)
        return TRACES.filter((trace) => bytes.includes(trace)).map((trace) => `${file}: ${trace}`)
      })
    },
    lines: async (day = DAY) =>
      (await readFile(join(data, 'journal', `${day}.jsonl`), 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as CallRecord),
    audit: async () => JSON.parse(await readFile(join(data, 'audit.jsonl'), 'utf8')) as object,
  }
}

const steps = (caller: string) =>
  [
    {
      ...{ step: 'main/0', type: 'webhook', ms: 41, outcome: 'ACK', http: 200, callername: 'Müller' },
      url: `https://crm.example/?caller=${encodeURIComponent(caller)}&name=M%C3%BCller`,
    },
    { step: 'main/1', type: 'bridge', ms: 6120, outcome: 'answered', destinations: ['215'] },
  ] as unknown as CallRecord['steps']

test('command-line calls forget: a caller is in no file any more, and the call is still counted', async () => {
  const { append, open, forget, traces, lines, audit, data } = folder()
  const theirs = record(id(1), {
    caller: NUMBER,
    name: 'Janssen',
    steps: steps(NUMBER),
    document: 'acme',
    plan: 'main',
  })
  const others = record(id(2), { caller: '+31687654321', name: 'Jones', document: 'acme', plan: 'main' })
  append('2026-11-21', theirs, others)
  append(
    DAY,
    { ...theirs, id: id(3), recording: { file: '/rec/acme/a.wav', ms: 5 } },
    { ...theirs, id: id(4), caller: '0612345678' },
  )
  const index = open()
  const size = statSync(join(data, 'journal', `${DAY}.jsonl`)).size
  expect(traces()).not.toEqual([])
  expect(await forget('06 - 12 34 56 78')).toEqual({
    code: 0,
    out: [
      'taken out of 3 records, 0 that wait for the end of their call, and 0 events',
      'recordings of these calls, which are left to you:',
      '  /rec/acme/a.wav',
    ].join('\n'),
    err: '',
  })
  expect(traces()).toEqual([])
  expect(statSync(join(data, 'journal', `${DAY}.jsonl`)).size).toBe(size)
  const [first, second] = await lines('2026-11-21')
  expect(first).toEqual({
    ...{ ...theirs, caller: '', name: '' },
    steps: theirs.steps.map(({ step, type, ms, outcome }) => ({ step, type, ms, outcome })),
  })
  expect(second).toEqual(others)
  readAll(index)
  const found = index.list({ most: 10 })
  expect(found.map((call) => [call.id, call.caller, call.name, call.ending])).toEqual([
    [id(4), '', '', 'talked'],
    [id(3), '', '', 'talked'],
    [id(2), '+31687654321', 'Jones', 'talked'],
    [id(1), '', '', 'talked'],
  ])
  expect(await audit()).toMatchObject({
    what: 'forget',
    records: 3,
    waiting: 0,
    events: 0,
    outcome: 'changed',
  })
  expect(JSON.stringify(await audit())).toContain('"user":')
  expect((await forget('+44 20 7946 0000')).out).toContain('taken out of 0 records')
})

test.each([
  ...[
    '+31612345678',
    '0031612345678',
    '31612345678',
    '0612345678',
    '06-12345678',
    '06 12 34 56 78',
    '+31 (0)6 12345678',
  ],
  ...[
    'caller=%2B31612345678&x',
    'caller=0612345678',
    'tel:+31-6-12345678',
    'to%200612345678',
    'from 612345678.',
  ],
])('command-line calls forget: spelled as %s', async (text) => {
  const { append, forget, lines } = folder()
  const called = {
    step: 'main/0',
    type: 'bridge',
    ms: 1,
    outcome: 'busy',
    destinations: [text],
  } as unknown as CallRecord['steps'][number]
  const whole = record(id(1), { caller: '+31687654321', name: 'Jones', steps: [called] })
  append(DAY, whole)
  await forget(NUMBER)
  const [line] = await lines()
  expect(JSON.stringify(line)).not.toMatch(/6\D*1\D*2\D*3\D*4\D*5\D*6\D*7\D*8/)
  expect({ ...line, steps: [] }).toEqual({ ...whole, steps: [] })
})

test.each(['+316123456789', '+3161234567', '9612345678', '00000612345678-ded3', '+32612345678'])(
  'command-line calls forget: %s is another number',
  async (text) => {
    const { append, forget, lines } = folder()
    append(DAY, record(id(1), { caller: text, notes: [text] }))
    await forget(NUMBER)
    expect(await lines()).toEqual([record(id(1), { caller: text, notes: [text] })])
  },
)

test('command-line calls forget: an internal number is what a text says alone', async () => {
  const { append, forget, lines } = folder()
  const call = record(id(1), { caller: '215', talkMs: 215, notes: ['215 of them', '215'] })
  append(DAY, call)
  await forget('215')
  const [{ steps: [step], ...line } = { steps: [] }] = await lines()
  expect(line).toMatchObject({ caller: '', name: '', talkMs: 215, notes: ['215 of them', ''] })
  expect(step).toEqual({ step: 'main/0', type: 'bridge', ms: 6120, outcome: 'answered' })
})

test(
  'command-line calls forget: lines that are cut short, and what is appended meanwhile',
  { timeout: 30_000 },
  async () => {
    const { append, forget, traces, open, data } = folder()
    const cut = JSON.stringify(record(id(1), { name: 'Janssen' })).slice(0, 150)
    append(DAY, `${cut}\n`, cut, record(id(2)))
    const index = open()
    const journal = await openJournal({ folder: join(data, 'journal'), log: pino({ level: 'silent' }) })
    let over = false
    const writing = (async () => {
      for (let n = 100; !over; n++)
        await journal.write(record(id(n), { caller: '+31687654321', name: 'Jones' }))
    })()
    await forget(NUMBER)
    over = true
    await writing
    expect(traces()).toEqual([])
    readAll(index)
    const calls = index.list({ most: 10_000 })
    expect(calls.filter((call) => call.id === id(2))).toMatchObject([{ caller: '' }])
    expect(calls).toHaveLength(journal.counts().written + 1)
  },
)

test('command-line calls forget: records that wait for their end, and events that wait for their delivery', async () => {
  const { forget, traces, data, audit } = folder()
  await mkdir(join(data, 'talking'))
  const waiting = { ...record(id(1), { steps: steps(NUMBER) }), watch: { callername: 'Janssen', events: {} } }
  const missed = {
    values: {
      code: '',
      did: '+31502100000',
      callerid: NUMBER,
      callername: 'Janssen',
      variables: { who: 'Müller' },
    },
  }
  const files = [`${id(1)}.watched`, `${id(2)}.waiting`].map((name) => join(data, 'talking', name))
  for (const file of files) await writeFile(file, JSON.stringify({ ...waiting, missed }))
  const store = openEventStore({ folder: join(data, 'events'), name: 'a', log: () => undefined })
  const body = JSON.stringify({
    event: 'ended',
    did: '+31502100000',
    callerid: NUMBER,
    callername: 'Janssen',
    talkMs: 5,
  })
  store.add([{ event: event('1', 'ended', { body }), sinceMs: 1000, dueMs: 0 }])
  const log = join(data, 'events', 'b.1.log')
  await appendFile(log, `${JSON.stringify({ sinceMs: 1000, event: event('2', 'ended', { body }) })}\n`)
  expect((await forget(NUMBER)).out).toBe(
    'taken out of 0 records, 2 that wait for the end of their call, and 2 events',
  )
  expect(traces()).toEqual([])
  expect(JSON.parse(await readFile(files[0]!, 'utf8'))).toMatchObject({
    id: id(1),
    caller: '',
    ending: 'talked',
  })
  const [kept] = store.next('acme', 'crm', 1)
  expect(JSON.parse(kept!.body)).toEqual({
    event: 'ended',
    did: '+31502100000',
    callerid: '',
    callername: '',
    talkMs: 5,
  })
  expect(await audit()).toMatchObject({ records: 0, waiting: 2, events: 2 })
  store.close()
})
