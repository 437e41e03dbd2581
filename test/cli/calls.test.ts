import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Signal } from '../../src/cli/io.ts'
import { openPending } from '../../src/records/pending.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { until } from '../harness/until.ts'
import { testJournal } from '../history/journals.ts'
import { id, record } from '../records/records.ts'
import { belplan } from './belplan.ts'

const DAY = '2026-11-22'

async function folderWith(...records: CallRecord[]) {
  const journal = testJournal()
  const config = join(journal.data, 'belplan.json')
  await writeFile(config, JSON.stringify({ data: '.', defaultCountry: 'NL' }))
  for (const one of records) journal.append(DAY, one)
  return {
    ...journal,
    run: async (args: string[], more = {}) => {
      const { code, out, err } = await belplan(['calls', ...args, '--config', config], more)
      return { code, out: out.split('\n'), err }
    },
  }
}

const nth = (n: number, more: Partial<CallRecord> = {}) =>
  record(id(n), { at: `${DAY}T15:${10 + n}:00.000Z`, ...more })
const shown = ({ out }: { out: string[] }) => out.filter(Boolean).map((line) => Number(line.slice(32, 36)))

test('command-line calls: a line a call, the newest first, from the journal alone, from its index, and from both', async () => {
  const folder = await folderWith(nth(1), nth(2, { document: 'acme', plan: 'main', talkMs: 48_210 }))
  const alone = await folder.run([])
  expect(alone.out).toEqual([
    `${id(2)} ${DAY}T15:12:00.000Z +31612345678 +31502100000 talked 0:48    acme/main Müller`,
    `${id(1)} ${DAY}T15:11:00.000Z +31612345678 +31502100000 talked         Müller`,
  ])
  expect(readdirSync(folder.data).sort()).toEqual(['belplan.json', 'journal'])
  const index = folder.open()
  const before = readdirSync(folder.data)
  expect(await folder.run([])).toEqual(alone)
  folder.append(DAY, nth(3))
  folder.append('2026-11-23', nth(4))
  expect(shown(await folder.run([]))).toEqual([4, 3, 2, 1])
  expect(readdirSync(folder.data)).toEqual(before)
  index.close()
  expect(shown(await folder.run(['--limit', '3']))).toEqual([4, 3, 2])
  await writeFile(join(folder.data, 'history-1.db'), 'no database')
  expect(shown(await folder.run([]))).toEqual([4, 3, 2, 1])
})

test('command-line calls: by number, caller, plan, ending and time', async () => {
  const { run } = await folderWith(
    nth(1, { caller: '+31612345678', document: 'acme', plan: 'main' }),
    nth(2, { caller: '', ending: 'callerHungUp', document: 'north/acme', plan: 'main' }),
    nth(3, { did: '+31502100001', ending: 'noPlan', name: '' }),
  )
  expect(shown(await run(['--caller', '06-12345678']))).toEqual([3, 1])
  expect(shown(await run(['--caller', '']))).toEqual([2])
  expect(shown(await run(['--number', '050210000*', '--plan', 'acme/main']))).toEqual([1])
  expect(shown(await run(['--plan', 'north/acme']))).toEqual([2])
  expect(shown(await run(['--ending', 'noPlan']))).toEqual([3])
  expect(shown(await run(['--since', `${DAY}T15:12`, '--until', `${DAY}T16:13+01:00`]))).toEqual([2])
  const [json] = (await run(['--ending', 'noPlan', '--json'])).out
  expect(JSON.parse(json!)).toMatchObject({
    id: id(3),
    state: 'ended',
    did: '+31502100001',
    ending: 'noPlan',
  })
  expect(await run(['--ending', 'lost'])).toEqual({
    code: 0,
    out: [''],
    err: 'no such call is in the journal',
  })
  for (const wrong of [['--ending', 'gone'], ['--since', 'yesterday'], ['--limit', '0'], ['abc']])
    expect((await run(wrong)).code).toBe(2)
})

test('command-line calls: a line fits on a terminal, whatever the names are', async () => {
  const hostile = '\u202e\u001b[2J'.padEnd(64, 'x')
  const { run } = await folderWith(
    nth(1, { name: hostile, caller: '0'.repeat(128), document: `n/${'y'.repeat(60)}`, plan: 'main' }),
    nth(2, {
      name: hostile,
      talkMs: 3_723_000,
      at: '2019-01-02T03:04:05.678Z',
      document: 'acme',
      plan: 'main',
    }),
  )
  const { out } = await run([], { isTerminal: true })
  expect(out[1]).toBe('00000000 2019-01-02     +31612345678 +31502100000 talked 1:02:03 acme/main \\u20…')
  expect(out.join('')).not.toMatch(/[\u202e\u001b]/)
  expect(out[1]!.length).toBeLessThanOrEqual(80)
})

test('command-line calls: new ones as they end', { timeout: 20_000 }, async () => {
  const folder = await folderWith(nth(1), nth(2))
  const out: string[] = []
  let signal: ((signal: Signal) => void) | undefined
  const running = folder.run(['--follow', '--caller', '0612345678'], {
    out: (line: string) => out.push(line),
    signals: (listener: (signal: Signal) => void) => {
      signal = listener
      return () => (signal = undefined)
    },
  })
  await until('two calls', () => (out.length === 2 ? true : undefined))
  folder.append(DAY, nth(3), nth(4, { caller: '+31600000000' }))
  folder.append('2026-11-23', nth(5))
  await until('two more', () => (out.length === 4 ? true : undefined))
  signal!('SIGINT')
  expect((await running).code).toBe(0)
  expect(shown({ out })).toEqual([1, 2, 3, 5])
  expect(signal).toBeUndefined()
})

test('command-line calls ID: the steps with their times, what was heard and answered, and how the call ended', async () => {
  const steps = [
    {
      step: 'main/0',
      type: 'webhook',
      ms: 41,
      outcome: 'ACK',
      url: 'https://crm.example/?caller=1',
      http: 200,
    },
    { step: 'main/1', type: 'bridge', ms: 6120, outcome: 'answered', destinations: ['215', '216'] },
  ] as unknown as CallRecord['steps']
  const whole = nth(1, {
    ...{
      steps,
      document: 'acme',
      plan: 'main',
      revision: '5f0c3a9be214',
      arrival: { domain: 'pbx.example' },
    },
    ...{ talkMs: 48_210, cause: 'NORMAL_CLEARING', notes: ['a note'], freeswitch: 'fs-a' },
  })
  const { run, append } = await folderWith(whole)
  expect((await run([id(1)])).out).toEqual([
    '+31612345678 (Müller) called +31502100000',
    `  call     ${id(1)}`,
    `  came in  ${DAY} at 15:11:00.000 UTC`,
    '  domain   pbx.example',
    '  went     plan main of acme, revision 5f0c3a9be214',
    '  held     host-a:8084',
    '  through  fs-a',
    '',
    '   0.00 s  main/0 webhook: ACK',
    '           url: https://crm.example/?caller=1',
    '           http: 200',
    '   0.04 s  main/1 bridge: answered',
    '           destinations: 215, 216',
    '   6.16 s  they talk for 0:48',
    '  54.37 s  talked: two parties talked, NORMAL_CLEARING',
    '',
    'note: a note',
  ])
  expect((await run([id(1).slice(0, 8)])).out).toEqual((await run([id(1)])).out)
  expect(JSON.parse((await run([id(1), '--json'])).out[0]!)).toEqual(whole)
  append(DAY, nth(2))
  const several = await run(['00000000'])
  expect([several.code, shown(several)]).toEqual([1, [2, 1]])
  expect((await run([id(3)])).code).toBe(2)
})

test('command-line calls ID: one that waits for its end, and one whose first steps are not known', async () => {
  const { data, run } = await folderWith()
  const talking = join(data, 'talking')
  const nothing = { write: () => Promise.resolve(), find: () => Promise.resolve(undefined) }
  const tail = { read: () => Promise.resolve(), has: () => false }
  const log = { warn: () => undefined, error: () => undefined }
  const pending = await openPending({
    folder: talking,
    journal: nothing,
    tail,
    onWritten: () => undefined,
    log,
    claimant: 'a',
  })
  const { ms: _, ...late } = nth(1).steps[0]!
  await pending.add(
    nth(1, { unknownSteps: 2, steps: [{ ...late, outcome: 'busy' }, ...nth(1).steps], ending: 'lost' }),
  )
  expect((await run([id(1)])).out.slice(5)).toEqual([
    '',
    '        ?  2 steps that are not known: their controller was lost',
    '        ?  main/0 bridge: busy',
    '           destinations: 215',
    '        ?  main/0 bridge: answered',
    '           destinations: 215',
    '        ?  lost: its end was not seen',
    '',
  ])
})

test('command-line calls ID: where the database does not answer it says so once, and looks through this machine', async () => {
  const { data, run } = await folderWith(nth(1))
  await writeFile(join(data, 'belplan.json'), JSON.stringify({ data: '.', store: 'env:STORE' }))
  const env = { STORE: 'postgres://127.0.0.1:9/none' }
  const away = /^the database does not answer \(.+\): only this machine was looked through$/
  const known = await run([id(1)], { env })
  expect([known.code, known.out[0]]).toEqual([0, '+31612345678 (Müller) called +31502100000'])
  expect(known.err).toMatch(away)
  const none = await run([id(3)], { env })
  expect(none.code).toBe(2)
  const [first, ...others] = none.err.split('\n')
  expect(first).toMatch(away)
  expect(others).toEqual([`belplan: there is no record of a call ${id(3)} in ${data}`])
})
