import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CallRecord, LostCall } from '../../src/records/record.ts'
import type { OtherMachines } from '../../src/records/other-machines.ts'
import { openPending, type PendingRecords } from '../../src/records/pending.ts'
import type { Switch, Switches } from '../../src/records/switches.ts'
import { id, record } from './records.ts'

let folder: string
let written: CallRecord[]
let recovered: LostCall[]
/** Calls whose end was told, and how many records were written by then. */
let told: (LostCall & { readonly atMs: number | undefined; readonly written: number })[]
let now: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-pending-'))
  written = []
  recovered = []
  told = []
  now = Date.now()
})
afterEach(() => rm(folder, { recursive: true }))

const journal = {
  write: (call: CallRecord) => {
    written.push(call)
    return Promise.resolve()
  },
  find: (wanted: string) => Promise.resolve(written.find((call) => call.id === wanted)),
}

interface OpenOptions {
  readonly tail?: boolean
  readonly lines?: string[]
  readonly others?: Pick<OtherMachines, 'claim' | 'isHeard'>
}

/** `tail`: it knows what has been written. */
const open = (
  claimant = 'host-a-8084',
  { tail = true, lines = [] as string[], ...others }: OpenOptions = {},
): Promise<PendingRecords> =>
  openPending({
    ...{ folder, journal, claimant, now: () => now, ...others },
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    tail: {
      read: () => Promise.resolve(),
      has: (wanted) => tail && written.some((call) => call.id === wanted),
    },
    onWritten: (call) => recovered.push(call),
    onEnd(call, atMs) {
      told.push({ ...call, atMs, written: written.length })
      return Promise.resolve()
    },
  })

const end = { cause: 'NORMAL_CLEARING', talkMs: 48210, freeswitch: 'a' }
/** The Core-UUID of FreeSWITCH's n-th start. */
const core = (n: number) => id(900 + n)
/** FreeSWITCH with some calls, as the only one. */
const freeswitch = (exists: (id: string) => Promise<boolean>, current = core(1)): Switch & Switches => {
  const its = { exists, isStill: (wanted: string) => Promise.resolve(wanted === current) }
  return { ...its, of: () => its, haveNot: () => false }
}
const gone = freeswitch(() => Promise.resolve(false))
const minute = 60_000

test('operations the record is written with the end of the conversation', async () => {
  const pending = await open()
  await pending.add(record(id(1)))
  expect(written).toEqual([])
  await pending.ended({ id: id(1), ...end })
  expect(written).toEqual([record(id(1), end)])
  expect(await readdir(folder)).toEqual([])
})

test('api a record that waits can be read until it is written', async () => {
  const pending = await open()
  await pending.add(record(id(1)))
  expect(await pending.find(id(1))).toEqual(record(id(1)))
  expect(await pending.find(id(2))).toBeUndefined()
  expect(await pending.find('../x')).toBeUndefined()
  await pending.ended({ id: id(1), ...end })
  expect(await pending.find(id(1))).toBeUndefined()
})

test('operations exactly one record, whichever controller sees the end', async () => {
  const all = await Promise.all(['a', 'b', 'c'].map((name) => open(name)))
  await all[0]!.add(record(id(1)))
  await Promise.all(
    all.flatMap((pending) => [pending.ended({ id: id(1), ...end }), pending.ended({ id: id(1), ...end })]),
  )
  expect(written).toEqual([record(id(1), end)])
})

test('operations an end that comes before the record waits for it', async () => {
  const [pending, other] = [await open('a'), await open('b')]
  await Promise.all([pending.ended({ id: id(1), ...end }), other.ended({ id: id(1), ...end })])
  await pending.add(record(id(1)))
  expect(written).toEqual([record(id(1), end)])
})

test('operations a call that does not exist any more is written without its end, one that is goes on', async () => {
  const pending = await open()
  await pending.add(record(id(1)))
  await pending.add(record(id(2)))
  now += minute
  await pending.sweep(freeswitch((call) => Promise.resolve(call === id(2))))
  expect(written).toEqual([record(id(1))])
  await pending.ended({ id: id(2), ...end })
  expect(written).toEqual([record(id(1)), record(id(2), end)])
})

test('a record of this moment is left to the event that may be on its way', async () => {
  const pending = await open()
  await pending.add(record(id(1)))
  await pending.sweep(gone)
  expect(written).toEqual([])
})

test('a sweep that cannot query FreeSWITCH writes nothing, but for records a day old', async () => {
  const pending = await open()
  await pending.add(record(id(1)))
  await pending.add(record(id(2)))
  const old = new Date(now - 25 * 60 * minute)
  await utimes(join(folder, `${id(1)}.json`), old, old)
  now += minute
  await pending.sweep(freeswitch(() => Promise.reject(new Error('no link'))))
  expect(written).toEqual([record(id(1))])
})

test('a sweep looks at so many conversations at most and goes on where it stopped', async () => {
  const pending = await open()
  for (const n of [1, 2, 3]) await pending.add(record(id(n)))
  now += minute
  const asked: string[] = []
  const ask = freeswitch((call) => Promise.resolve(asked.push(call) > 0))
  await pending.sweep(ask, { most: 2 })
  await pending.sweep(ask, { most: 2 })
  expect(asked).toEqual([id(1), id(2), id(3), id(1)])
})

test('operations what a killed controller had claimed is written by another, and not twice', async () => {
  const pending = await open('b')
  await pending.add(record(id(1)))
  await pending.add(record(id(2)))
  for (const n of [1, 2]) await rename(join(folder, `${id(n)}.json`), join(folder, `${id(n)}.claimed-a`))
  // It died behind writing the second, in front of removing it.
  written.push(record(id(2), end))
  await pending.sweep(gone)
  expect(written).toHaveLength(1)
  now += 2 * minute
  await pending.sweep(gone)
  expect(written).toEqual([record(id(2), end), record(id(1))])
  expect(await readdir(folder)).toEqual([])
})

test('a record that was cut short is given up, once', async () => {
  const lines: string[] = []
  const pending = await open('b', { lines })
  await writeFile(join(folder, `${id(1)}.new-a`), '{"id":')
  now += 2 * minute
  await pending.sweep(gone)
  expect(written).toEqual([])
  expect(lines).toMatchObject([expect.stringContaining('a record was cut short and is lost')])
  expect(await readdir(folder)).toEqual([])
})

test('what version 0.1.0 has put is written, what this one was putting is not a record yet', async () => {
  const pending = await open('b')
  await writeFile(join(folder, `${id(1)}.new-8084-7`), JSON.stringify(record(id(1))))
  await writeFile(join(folder, `${id(2)}.tmp-8084-7-1`), JSON.stringify(lost(2).record))
  await pending.sweep(gone)
  expect(await readdir(folder)).toHaveLength(2)
  now += 2 * minute
  await pending.sweep(gone)
  expect(written).toEqual([record(id(1))])
  expect(await readdir(folder)).toEqual([])
})

test('a record that cannot wait is written at once', async () => {
  const pending = await open()
  await rm(folder, { recursive: true })
  await pending.add(record(id(1)))
  expect(written).toEqual([record(id(1))])
  await writeFile(folder, '')
})

test('an id that is no UUID never becomes a file name', async () => {
  const pending = await open()
  await pending.add(record('../../etc/x'))
  await pending.ended({ id: '../../etc/x', ...end })
  expect(written).toEqual([record('../../etc/x')])
  expect(await readdir(folder)).toEqual([])
})

const lost = (n: number, more: Partial<CallRecord> = {}): LostCall => ({
  record: record(id(n), { ending: 'lost', ...more }),
  missed: {
    ...{
      document: 'acme',
      name: 'mail',
      webhook: { urlTemplate: 'https://mail.example/' } as never,
      callId: id(n),
      key: 'k',
    },
    values: { code: '', did: '+31502100000', callerid: '+31612345678', callername: 'Jane' },
  },
})
/** FreeSWITCH at its n-th start, which has none of its calls from before. */
const alive = (current: string) => freeswitch(() => Promise.resolve(false), current)

test('operations a call whose connection was lost is written when FreeSWITCH was restarted, by one controller', async () => {
  const all = await Promise.all(['a', 'b', 'c'].map((name) => open(name)))
  await all[0]!.addLost(lost(1), core(1))
  await Promise.all(all.map((pending) => pending.sweep(alive(core(2)))))
  expect(written).toEqual([lost(1).record])
  expect(recovered).toEqual([lost(1)])
  expect(await readdir(folder)).toEqual([])
})

test('a call whose connection was lost while FreeSWITCH lived is the record of whoever goes on with it', async () => {
  const pending = await open()
  await pending.addLost(lost(1), core(1))
  await pending.settleLost(id(1), core(1), alive(core(1)))
  await pending.addLost(lost(2), core(1))
  await pending.sweep(alive(core(1)))
  await pending.sweep(alive(core(2)))
  expect([written, recovered]).toEqual([[], []])
  expect(await readdir(folder)).toEqual([])
})

test('a call whose connection was lost waits as long as nobody can say whether FreeSWITCH was restarted', async () => {
  const pending = await open()
  await pending.addLost(lost(1), core(1))
  const no = () => Promise.reject(new Error('no link'))
  const away: Switches = { of: () => ({ exists: no, isStill: no }), haveNot: () => false }
  await pending.sweep(away)
  now += 48 * 60 * minute
  await (await open('b')).sweep(away)
  expect(written).toEqual([])
  await pending.sweep(alive(core(2)))
  expect(recovered).toEqual([lost(1)])
})

test('the record of a controller that went on with a call takes the place of the one whose connection was lost', async () => {
  const [pending, other] = [await open('a'), await open('b')]
  for (const n of [1, 2, 3]) await pending.addLost(lost(n), core(1))
  // The first was written by the other one, the second is talked on, the third was lost by the other one, too.
  written.push(record(id(1)))
  await other.add(record(id(2)))
  await other.addLost(lost(3, { controllers: ['a', 'b'] }), core(1))
  await pending.sweep(alive(core(2)))
  expect(recovered).toEqual([lost(3, { controllers: ['a', 'b'] })])
  now += minute
  await other.sweep(freeswitch(() => Promise.resolve(false), core(2)))
  await pending.sweep(alive(core(2)))
  expect(written.map((call) => [call.id, call.ending])).toEqual([
    [id(1), 'talked'],
    [id(3), 'lost'],
    [id(2), 'talked'],
  ])
  expect(await readdir(folder)).toEqual([])
})

test('operations a call that ended without its controller is written once, also by one that starts later', async () => {
  const [pending, other] = [await open('a'), await open('b')]
  for (const n of [1, 2, 3]) await pending.addEnded(lost(n))
  await other.addEnded(lost(1))
  await Promise.all([pending.writeEnded(id(1)), other.writeEnded(id(1))])
  expect(recovered).toEqual([lost(1)])
  // Its controller lived after all.
  written.push(record(id(2)))
  await pending.writeEnded(id(2))
  expect(recovered).toEqual([lost(1)])
  // Both die now.
  const third = await open('c')
  await third.sweep(gone)
  expect(recovered).toEqual([lost(1)])
  now += minute
  await third.sweep(gone)
  expect(recovered).toEqual([lost(1), lost(3)])
  expect(await readdir(folder)).toEqual([])
})

test('a lost call that a killed controller had claimed is written by another, with its `missed` webhook', async () => {
  const pending = await open()
  await pending.addEnded(lost(1))
  await rename(join(folder, `${id(1)}.ended`), join(folder, `${id(1)}.writing`))
  await pending.addEnded(lost(1))
  await pending.writeEnded(id(1))
  expect(recovered).toEqual([])
  now += 2 * minute
  await pending.sweep(gone)
  expect(written).toEqual([lost(1).record])
  expect(recovered).toEqual([lost(1)])
  expect(await readdir(folder)).toEqual([])
})

test('operations a lost call is written once, also by a controller that has read nothing of the journal', async () => {
  const pending = await open('b', { tail: false })
  await pending.addEnded(lost(1))
  await pending.addLost(lost(2), core(1))
  await pending.addEnded(lost(3))
  written.push(record(id(1)), record(id(2)))
  now += minute
  await pending.sweep(alive(core(2)))
  expect(recovered).toEqual([lost(3)])
  expect(written.map((call) => call.id)).toEqual([id(1), id(2), id(3)])
  expect(await readdir(folder)).toEqual([])
})

test('a call that FreeSWITCH has recovered at its start goes on', async () => {
  const pending = await open()
  for (const n of [1, 2]) await pending.addLost(lost(n), core(1))
  await pending.sweep(freeswitch((call) => Promise.resolve(call === id(1)), core(2)))
  expect(recovered).toEqual([lost(2)])
  await pending.sweep(alive(core(2)))
  expect(recovered).toEqual([lost(2), lost(1)])
})

test('version 0.1.0 finds nothing of a lost call that it takes for a record', async () => {
  const seen: string[] = []
  const find = async (wanted: string) => {
    seen.push(...(await readdir(folder)))
    return journal.find(wanted)
  }
  const pending = await openPending({
    ...{ folder, log: pino({ level: 'silent' }), claimant: '8084-7', now: () => now },
    journal: { ...journal, find },
    tail: { read: () => Promise.resolve(), has: () => false },
    onWritten: (call) => recovered.push(call),
  })
  await pending.addEnded(lost(1))
  await pending.writeEnded(id(1))
  await writeFile(join(folder, `${id(2)}.writing`), JSON.stringify(lost(2).record))
  now += 2 * minute
  await pending.sweep(gone)
  expect(seen).toEqual([`${id(1)}.writing`, `${id(2)}.writing-8084-7`])
  expect(recovered.map((call) => call.record.id)).toEqual([id(1), id(2)])
})

test('operations a file that cannot be read keeps no other record from being written, and is logged', async () => {
  const lines: string[] = []
  const pending = await open('b', { lines })
  await pending.add(record(id(3)))
  // Folders, since root may read every file.
  await mkdir(join(folder, `${id(1)}.ended`))
  await mkdir(join(folder, `${id(2)}.lost-${core(1)}`))
  await pending.addLost(lost(4), core(1))
  now += minute
  await pending.sweep(alive(core(2)))
  expect(written).toEqual([record(id(3)), lost(4).record])
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([id(1), id(2)])
})

test('a record that cannot be read is not taken for one that is not there', async () => {
  const pending = await open()
  expect(await pending.ended({ id: id(1), ...end })).toBe(false)
  await mkdir(join(folder, `${id(2)}.json`))
  expect(await pending.ended({ id: id(2), ...end })).toBeUndefined()
})

test('operations a controller that stops leaves lost calls on the disk: their `missed` webhooks are requested by another', async () => {
  const [pending, other] = [await open('a'), await open('b')]
  await pending.addEnded(lost(1))
  await pending.addLost(lost(2), core(1))
  now += minute
  pending.close()
  await pending.sweep(alive(core(2)))
  await pending.writeEnded(id(1))
  expect([written, recovered]).toEqual([[], []])
  await other.sweep(alive(core(2)))
  expect(recovered).toEqual([lost(1), lost(2)])
})

describe('events of conversations', () => {
  const watch = { events: { ended: 'crm' }, profileCreated: '1', callername: 'Jane', waitMs: 100 }

  test('the end is told before the record is written, which does not say what is told', async () => {
    const pending = await open()
    await pending.add(record(id(1)), { watch })
    await pending.ended({ id: id(1), ...end })
    expect(told).toMatchObject([{ watch, written: 0, record: { id: id(1), talkMs: 48_210 } }])
    expect(written).toHaveLength(1)
    expect(written[0]).not.toHaveProperty('watch')
  })

  test('the end is told also where the record could not wait for it on the disk, once', async () => {
    const pending = await open()
    await rm(folder, { recursive: true })
    await pending.add(record(id(1)), { watch })
    expect(written).toEqual([record(id(1))])
    await pending.ended({ id: id(1), ...end })
    await pending.ended({ id: id(1), ...end })
    // Its end came before.
    await pending.ended({ id: id(2), ...end })
    await pending.add(record(id(2)), { watch })
    expect(told.map((call) => call.record)).toEqual([record(id(1), end), record(id(2), end)])
    expect(written).toEqual([record(id(1)), record(id(2))])
    await writeFile(folder, '')
  })

  test('it says when that was, where the end was seen', async () => {
    const pending = await open()
    const seenMs = now
    await pending.add(record(id(1)), { watch })
    await pending.ended({ id: id(1), ...end })
    await pending.add(record(id(2)), { watch })
    await pending.addEnded({ record: record(id(3)), missed: undefined, watch })
    now += minute
    await pending.sweep(gone)
    expect(told.map(({ record: { id }, atMs }) => [id, atMs])).toEqual([
      [id(1), seenMs],
      [id(3), expect.closeTo(Date.now(), -4)],
      [id(2), undefined],
    ])
  })

  test('nothing is told of a call that may go on, though its record is written after a day', async () => {
    const pending = await open()
    await pending.add(record(id(1)), { watch })
    now += 25 * 60 * minute
    await pending.sweep(freeswitch(() => Promise.resolve(true)))
    expect(written).toEqual([record(id(1))])
    expect(told).toEqual([])
  })

  test('whichever controller writes the record tells it, also one that takes a claim over', async () => {
    await (await open('killed')).add(record(id(1)), { watch })
    await rename(join(folder, `${id(1)}.watched`), join(folder, `${id(1)}.watched-killed`))
    now += 2 * minute
    await (await open('other')).sweep(gone)
    expect(told).toMatchObject([{ watch, written: 0 }])
  })

  test('a record of a release that knows no events is written, and nothing is told', async () => {
    await writeFile(join(folder, `${id(1)}.json`), JSON.stringify(record(id(1))))
    await (await open()).ended({ id: id(1), ...end })
    expect(written).toHaveLength(1)
    expect(told).toEqual([])
  })

  test('such a release leaves alone what is to be told', async () => {
    await (await open()).add(record(id(1)), { watch })
    const [name] = await readdir(folder)
    // What it takes: a record, which it would write as it reads it.
    const known = /\.(?:json|(?:claimed|new)-[A-Za-z0-9-]+)$/
    expect(name).not.toMatch(known)
    await rename(join(folder, name!), join(folder, `${name}-killed`))
    expect((await readdir(folder))[0]).not.toMatch(known)
  })

  test('a record that is to be told can be read until it is written', async () => {
    const pending = await open()
    await pending.add(record(id(1)), { watch })
    expect(await pending.find(id(1))).toEqual(record(id(1)))
  })
})

const waiting = (n: number): LostCall => ({ record: { ...record(id(n)), ending: 'lost' }, missed: undefined })

test('operations the record of a call that FreeSWITCH has is found, and taken once by whoever takes the call up', async () => {
  const [first, second] = [await open(), await open('host-b-8085')]
  await first.addWaiting(waiting(1))
  expect(await second.find(id(1))).toEqual(waiting(1).record)
  expect(await second.takeWaiting(id(1))).toEqual(waiting(1).record)
  expect(await first.takeWaiting(id(1))).toBeUndefined()
  expect(await readdir(folder)).toEqual([])
  expect(written).toEqual([])
})

test('operations it is written once where FreeSWITCH does not know the call any more, and after a day', async () => {
  const pending = await open()
  await pending.addWaiting(waiting(1))
  await pending.addWaiting(waiting(2))
  now += 6000
  await pending.sweep(freeswitch((call) => Promise.resolve(call === id(2))))
  expect(written).toEqual([waiting(1).record])
  now += 24 * 60 * minute
  await pending.sweep(freeswitch(() => Promise.resolve(true)))
  expect(written).toEqual([waiting(1).record, waiting(2).record])
  expect(await readdir(folder)).toEqual([])
})

test('events: the end of a call that FreeSWITCH had is told where nobody saw it, unless nobody knows whether it is over', async () => {
  const pending = await open()
  const missed = { document: 'acme' } as LostCall['missed']
  const watch = { events: { ended: 'crm' }, profileCreated: '1', callername: 'Jane' }
  await pending.addWaiting({ ...waiting(1), missed, watch })
  now += 6000
  await pending.sweep(gone)
  expect(told).toMatchObject([{ record: { id: id(1) }, watch, atMs: undefined, written: 0 }])
  await pending.addWaiting({ ...waiting(2), missed, watch })
  now += 24 * 60 * minute
  await pending.sweep(freeswitch(() => Promise.reject(new Error('no link'))))
  expect(written).toMatchObject([{ id: id(1) }, { id: id(2) }])
  expect(told).toHaveLength(1)
  expect(recovered).toMatchObject([{ missed }, { missed: undefined }])
})

test('operations whoever saw the end of a call that FreeSWITCH had knows more of it than a sweep', async () => {
  const pending = await open()
  await pending.addWaiting(waiting(1))
  now += 6000
  await pending.addEnded({ record: { ...record(id(1)), ending: 'callerHungUp' }, missed: undefined })
  await pending.sweep(freeswitch(() => Promise.resolve(false)))
  await pending.writeEnded(id(1))
  expect(written).toMatchObject([{ ending: 'callerHungUp' }])
  expect(await readdir(folder)).toEqual([])
})

test('operations a record that cannot be kept costs no call anything', async () => {
  const lines: string[] = []
  const pending = await open('host-a-8084', { lines })
  await rm(folder, { recursive: true })
  await pending.addWaiting(waiting(1))
  expect(lines.join()).toContain('its steps are lost')
  await mkdir(folder)
})

describe('operations several FreeSWITCH', () => {
  /** Each with the calls that it has; `undefined`: it does not answer. */
  function switches(calls: Readonly<Record<string, readonly string[] | undefined>>) {
    const asked: string[] = []
    const one = (name: string): Switch => ({
      exists(call) {
        asked.push(`${name} ${call}`)
        const its = calls[name]
        return its ? Promise.resolve(its.includes(call)) : Promise.reject(new Error('no link'))
      },
      isStill: () => (calls[name] ? Promise.resolve(false) : Promise.reject(new Error('no link'))),
    })
    const all = new Map(Object.keys(calls).map((name) => [name, one(name)]))
    const known: Switches = {
      of: ({ freeswitch: name }) => all.get(name ?? ''),
      haveNot: ({ core: its, freeswitch: name }) => its !== undefined && name === undefined,
    }
    return { asked, known, all }
  }
  const of = (n: number, name: string) => record(id(n), { freeswitch: name })

  test('each is asked of its own calls, and one that does not answer is asked once, and settles none of another', async () => {
    const pending = await open()
    for (const [n, name] of ['b', 'a', 'b', 'a'].entries())
      await pending.add(of(n + 1, name), { core: core(1) })
    await pending.addWaiting({ record: of(5, 'a'), missed: undefined, core: core(1) })
    await pending.addWaiting({ record: of(6, 'b'), missed: undefined, core: core(1) })
    now += minute
    const { known, asked } = switches({ a: [id(2)], b: undefined })
    await pending.sweep(known)
    expect(written).toEqual([of(4, 'a'), of(5, 'a')])
    expect(asked).toEqual([`b ${id(1)}`, `a ${id(2)}`, `a ${id(4)}`, `a ${id(5)}`])
  })

  test('one that was restarted settles the calls that it was lost with, and those of another wait for theirs', async () => {
    const pending = await open()
    for (const [n, name] of ['a', 'b'].entries()) {
      const call = lost(n + 1, { freeswitch: name })
      await pending.addLost({ ...call, core: core(n + 1) }, core(n + 1))
    }
    await pending.sweep(switches({ a: undefined, b: [] }).known)
    expect(written).toMatchObject([{ id: id(2), freeswitch: 'b' }])
    await pending.sweep(switches({ a: [], b: [] }).known)
    expect(written).toMatchObject([{ id: id(2) }, { id: id(1) }])
    expect(await readdir(folder)).toEqual([])
  })

  test('calls whose FreeSWITCH is left to other sweeps wait for them, however old they are', async () => {
    const pending = await open()
    await pending.add(of(1, 'a'))
    await pending.add(of(2, 'b'))
    now += 48 * 60 * minute
    const { known, all, asked } = switches({ a: [], b: [] })
    await pending.sweep(known, { without: new Set([all.get('b')!]) })
    expect(written).toEqual([of(1, 'a')])
    expect(asked).toEqual([`a ${id(1)}`])
  })

  test('a conversation on one that is none of them is written without its end, which is not told; a caller who waits there may come back', async () => {
    const watch = { events: { ended: 'crm' }, profileCreated: '1', callername: 'Jane', waitMs: 100 }
    const pending = await open()
    await pending.add(record(id(1)), { core: core(7), watch })
    await pending.addWaiting({ ...waiting(2), core: core(7) })
    // Of one that another controller lists.
    await pending.add(of(3, 'c'), { core: core(8) })
    now += minute
    await pending.sweep(switches({ a: [] }).known)
    expect(written).toEqual([record(id(1))])
    expect(told).toEqual([])
    expect((await readdir(folder)).sort()).toEqual([`${id(2)}.waiting`, `${id(3)}.json`])
  })

  test('where a call is does not stand in its record', async () => {
    const pending = await open()
    await pending.add(record(id(1)), { core: core(1) })
    expect(await pending.find(id(1))).toEqual(record(id(1)))
    await pending.ended({ id: id(1), ...end })
    expect(written).toEqual([record(id(1), end)])
  })
})

describe('where other machines may have written it', () => {
  const calls = [1, 2, 3].map(id)
  /** `written`: elsewhere; undefined: it cannot be said. */
  function others(elsewhere: readonly string[] | undefined, isHeard = true) {
    const asked: string[] = []
    return {
      asked,
      others: {
        isHeard: () => isHeard,
        claim(lost: readonly { readonly id: string }[]) {
          asked.push(...lost.map((call) => call.id))
          const ours = lost.map((call) => call.id).filter((call) => !elsewhere?.includes(call))
          return Promise.resolve(elsewhere && { ours: new Set(ours), copies: [] })
        },
      },
    }
  }

  test('several-machines what waited while this one was away is written unless another one has', async () => {
    const before = await open()
    await before.add(record(calls[0]!))
    await before.add(record(calls[1]!))
    await before.addEnded({ record: record(calls[2]!), missed: undefined })
    now += minute
    const { others: machines, asked } = others([calls[1]!, calls[2]!])
    const back = await open('a', { others: machines })
    await back.sweep(gone)
    expect([...asked].sort()).toEqual(calls)
    expect(written.map((one) => one.id)).toEqual([calls[0]])
    expect(recovered).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  test('several-machines it is left while nobody can say, and written after ten minutes', async () => {
    const before = await open()
    for (const call of calls.slice(0, 2)) await before.add(record(call))
    await before.addEnded({ record: record(calls[2]!), missed: undefined })
    const back = await open('a', others(undefined))
    for (let minutes = 1; minutes < 10; minutes++) {
      now += minute
      await back.sweep(gone)
      expect(written).toEqual([])
    }
    now += 2 * minute
    await back.sweep(gone)
    expect(written.map((one) => one.id).sort()).toEqual(calls)
  })

  test.for<[boolean, boolean, boolean]>([
    [true, true, false],
    [true, false, true],
    [false, true, true],
  ])(
    'several-machines an end that is seen: put since the start %s, heard of %s: asked %s',
    async ([isNew, isHeard, isAsked]) => {
      const put = await open('b')
      if (!isNew) {
        await put.add(record(calls[0]!))
        now += 1000
      }
      const { others: machines, asked } = others([calls[0]!], isHeard)
      const pending = await open('a', { others: machines })
      if (isNew) await pending.add(record(calls[0]!))
      expect(await pending.ended({ id: calls[0]!, ...end })).toBe(true)
      expect(asked).toEqual(isAsked ? [calls[0]] : [])
      expect(written).toHaveLength(isAsked ? 0 : 1)
      expect(await readdir(folder)).toEqual([])
    },
  )

  test('several-machines an end that is seen is written where nobody can say', async () => {
    const put = await open('b')
    await put.add(record(calls[0]!))
    now += 1000
    const pending = await open('a', others(undefined))
    expect(await pending.ended({ id: calls[0]!, ...end })).toBe(true)
    expect(written).toEqual([record(calls[0]!, end)])
  })

  test('several-machines a claimed file whose controller died is asked for as well', async () => {
    const before = await open('b')
    await before.add(record(calls[0]!))
    await rename(join(folder, `${calls[0]}.json`), join(folder, `${calls[0]}.claimed-b`))
    now += 2 * minute
    const { others: machines, asked } = others([calls[0]!])
    await (await open('a', { others: machines })).sweep(gone)
    expect([asked, written]).toEqual([[calls[0]], []])
    expect(await readdir(folder)).toEqual([])
  })
})
