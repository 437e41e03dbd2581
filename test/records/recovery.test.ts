import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { encodeCheckpoint, type Checkpoint } from '../../src/call/checkpoint.ts'
import { createLostCallReader } from '../../src/call/lost-call.ts'
import { openJournal } from '../../src/records/journal.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { createJournalTail } from '../../src/records/journal-tail.ts'
import { openPending } from '../../src/records/pending.ts'
import { createGrants } from '../../src/plan/grants.ts'
import { beginAt } from '../../src/plan/state.ts'
import type { MissedCall } from '../../src/plan/webhook-request.ts'
import type { MachineAtEnd, OtherMachines } from '../../src/records/other-machines.ts'
import type { PendingCopy } from '../../src/records/pending-files.ts'
import { type LostCallReader, startRecovery, type Recovery } from '../../src/records/recovery.ts'
import { createSwitches } from '../../src/records/switches.ts'
import { planSet } from '../harness/call-controller.ts'
import { id, record } from './records.ts'

const did = '+31502100000'
const set = planSet({
  webhooks: { mail: { urlTemplate: 'https://mail.example/' } },
  plans: { main: { numbers: [did], missed: 'mail', steps: [{ type: 'bridge', destination: '215' }] } },
})
const log = pino({ level: 'silent' })
const lostCalls = createLostCallReader({
  config: { defaultCountry: 'NL' },
  grants: createGrants({ transferContexts: [], env: {} }, 'NL'),
  plans: {
    current: () => set,
    byRevision: (wanted) => Promise.resolve(wanted === set.revision ? set : undefined),
  },
})
let data: string
let open: Recovery[] = []
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'belplan-recovery-'))
})
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
  await rm(data, { recursive: true })
})

/** Of this process and its children. */
const namespace = readlink('/proc/self/ns/pid').catch(() => 'none')

interface StartOptions {
  readonly settleMs?: number
  readonly now?: () => number
  readonly reader?: LostCallReader
  readonly others?: OtherMachines
}

/** The recovery of one controller; all of them share their data. */
async function start(
  node: string,
  { settleMs = 50, now = Date.now, reader = lostCalls, others }: StartOptions = {},
) {
  const journal = await openJournal({ folder: join(data, 'journal'), log })
  const tail = createJournalTail({ folder: join(data, 'journal') })
  const recovered: CallRecord[] = []
  const missed = vi.fn()
  const pending = await openPending({
    ...{ folder: join(data, 'talking'), journal, log, claimant: node.replace(':', '-'), now, others },
    tail,
    onWritten(call) {
      recovered.push(call.record)
      if (call.missed) missed(call.missed)
    },
  })
  const recovery = startRecovery({
    folder: join(data, 'controllers'),
    tail,
    pending,
    lostCalls: reader,
    log,
    settleMs,
    others,
  })
  recovery.register(node)
  open.push(recovery)
  // Its name is known to the others.
  await vi.waitFor(async () => expect(await readdir(join(data, 'controllers'))).toContain(node), {
    interval: 5,
  })
  return { recovery, recovered, missed, journal, pending }
}

const checkpoint = (more: Partial<Checkpoint> = {}): string =>
  encodeCheckpoint({
    ...{
      revision: set.revision,
      profileCreated: '1795361967724523',
      operation: 'bridge',
      controllers: ['host:8084'],
      history: [],
    },
    state: beginAt(0, 'Jane', 'mail'),
    ...more,
  })
const event = (more: Record<string, string> = {}) => ({
  'Caller-Caller-ID-Number': '0612345678',
  'Caller-Caller-ID-Name': 'Jane',
  'Caller-Destination-Number': '0502100000',
  'Caller-Profile-Created-Time': '1795361967724523',
  'Caller-Channel-Created-Time': '1795361967724523',
  'Caller-Channel-Answered-Time': '1795361969724523',
  variable_belplan_ckpt: checkpoint(),
  variable_sip_hangup_disposition: 'recv_bye',
  ...more,
})
const talked = { id: id(1), cause: 'NORMAL_CLEARING', talkMs: 6000, freeswitch: 'a' }
const recording = { file: '/recordings/acme/x.wav', ms: 5980 }
const gaveUp = { id: id(1), cause: 'ORIGINATOR_CANCEL', freeswitch: 'a' }
/** There is no link, and nobody to ask. */
const none = createSwitches([])

test('operations the record of a call whose controller was killed says what was recorded of it', async () => {
  const { recovery, recovered } = await start('host:8084')
  recovery.ended({ ...talked, recording }, event())
  await vi.waitFor(() => expect(recovered).toHaveLength(1), { interval: 5 })
  expect(recovered[0]).toMatchObject({ ending: 'talked', talkMs: 6000, recording, freeswitch: 'a' })
})

test('operations a call that was answered after its controller was killed has exactly one record', async () => {
  const [a, b] = [await start('host:8084'), await start('host:8085')]
  for (const { recovery } of [a, b]) recovery.ended(talked, event())
  await vi.waitFor(() => expect([...a.recovered, ...b.recovered]).toHaveLength(1), { interval: 5 })
  await Promise.all([a.recovery.close(), b.recovery.close()])
  expect([...a.recovered, ...b.recovered]).toMatchObject([
    {
      ...{ id: id(1), did, caller: '+31612345678', name: 'Jane', document: 'acme', plan: 'main' },
      ...{
        revision: set.revision,
        controllers: ['host:8084'],
        answered: true,
        ending: 'talked',
        talkMs: 6000,
      },
      steps: [{ step: 'main/0', type: 'bridge', outcome: 'answered' }],
    },
  ])
  expect(await a.journal.find(id(1))).toMatchObject({ ending: 'talked' })
  expect(a.missed).not.toHaveBeenCalled()
  expect(b.missed).not.toHaveBeenCalled()
})

test('§2 `missed` is requested for a caller who gave up while no controller was there', async () => {
  const { recovery, recovered, missed } = await start('host:8084')
  recovery.ended(
    gaveUp,
    event({ 'Caller-Channel-Answered-Time': '0', variable_sip_hangup_disposition: 'recv_cancel' }),
  )
  await vi.waitFor(() => expect(recovered).toHaveLength(1), { interval: 5 })
  expect(recovered[0]).toMatchObject({ ending: 'callerHungUp', answered: false, cause: 'ORIGINATOR_CANCEL' })
  expect(missed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'mail', callId: id(1) }))
})

test('operations a record that another controller wrote is not written again', async () => {
  const { recovery, recovered } = await start('host:8084')
  await mkdir(join(data, 'journal'), { recursive: true })
  recovery.ended(gaveUp, event())
  recovery.ended({ ...gaveUp, id: id(2) }, event())
  const file = join(data, 'journal', `${new Date().toISOString().slice(0, 10)}.jsonl`)
  await appendFile(file, `${JSON.stringify(record(id(1)))}\n`)
  await vi.waitFor(() => expect(recovered).toHaveLength(1), { interval: 5 })
  await recovery.close()
  expect(recovered.map((one) => one.id)).toEqual([id(2)])
})

test('operations a call of a controller whose records are kept elsewhere is not written', async () => {
  const { recovery, recovered } = await start('host:8085')
  recovery.ended(gaveUp, event())
  recovery.ended(
    { ...gaveUp, id: id(2) },
    event({ variable_belplan_ckpt: checkpoint({ controllers: ['../../x:1'] }) }),
  )
  recovery.ended(
    { ...gaveUp, id: id(3) },
    event({ variable_belplan_ckpt: checkpoint({ controllers: ['host:8085'] }) }),
  )
  await vi.waitFor(() => expect(recovered).toHaveLength(1), { interval: 5 })
  await recovery.close()
  expect(recovered.map((one) => one.id)).toEqual([id(3)])
})

test('a call that was brought back by a transfer is not taken for one that was lost', async () => {
  const { recovery, recovered } = await start('host:8084')
  recovery.ended(gaveUp, event({ 'Caller-Profile-Created-Time': '1795361999999999' }))
  recovery.ended({ ...gaveUp, id: id(2) }, event())
  await vi.waitFor(() => expect(recovered).toHaveLength(1), { interval: 5 })
  expect(recovered[0]!.id).toBe(id(2))
})

test('operations a lost call whose end only one controller saw has its record, though that one is killed, too', async () => {
  const one = await start('host:8084', { settleMs: 2000 })
  one.recovery.ended(gaveUp, event())
  const files = () => readdir(join(data, 'talking'))
  await vi.waitFor(async () => expect(await files()).toEqual([`${id(1)}.ended`]), { interval: 5 })
  // It is killed, and another one starts.
  const other = await start('host:8085', { now: () => Date.now() + 10_000 })
  await other.pending.sweep(none)
  expect(other.recovered).toMatchObject([{ id: id(1), controllers: ['host:8084'] }])
  expect(other.missed).toHaveBeenCalledOnce()
  await one.recovery.close()
  expect(one.recovered).toEqual([])
})

test('operations the record of a call whose controller was killed is on the disk at once', async () => {
  const killed = spawn('true')
  await once(killed, 'exit')
  await mkdir(join(data, 'controllers'), { recursive: true })
  await writeFile(join(data, 'controllers', 'host:8084'), `${killed.pid} ${await namespace} ${Date.now()}`)
  const { recovery } = await start('host:8085', { settleMs: 60_000 })
  const now = { 'Caller-Channel-Created-Time': `${Date.now() + 1000}000` }
  const before = { 'Caller-Channel-Created-Time': `${Date.now() - 60_000}000` }
  const other = { variable_belplan_ckpt: checkpoint({ controllers: ['host:8085'] }) }
  // Of one that has ended; of one that was started again since; of one that lives.
  recovery.ended(gaveUp, event(now))
  recovery.ended({ ...gaveUp, id: id(2) }, event({ ...before, ...other }))
  recovery.ended({ ...gaveUp, id: id(3) }, event({ ...now, ...other }))
  const files = async () => (await readdir(join(data, 'talking'))).sort()
  await vi.waitFor(async () => expect(await files()).toEqual([`${id(1)}.ended`, `${id(2)}.ended`]), {
    interval: 5,
  })
})

test('nothing is read again and again while no calls end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const recovery = startRecovery({
    ...{ folder: join(data, 'controllers'), lostCalls, log },
    tail: createJournalTail({ folder: join(data, 'journal') }),
    pending: {
      addEnded: () => Promise.resolve(),
      writeEnded: () => Promise.resolve(),
      dropEnded: () => Promise.resolve(),
      findWaiting: () => Promise.resolve(undefined),
      takeWaiting: () => Promise.resolve(undefined),
    },
  })
  expect(vi.getTimerCount()).toBe(0)
  recovery.ended(gaveUp, event())
  expect(vi.getTimerCount()).toBe(1)
  await recovery.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('operations what a controller that stops has not written yet is on the disk for the next', async () => {
  const { recovery, recovered } = await start('host:8084')
  recovery.ended(gaveUp, event())
  recovery.ended({ ...gaveUp, id: id(2) }, event({ variable_belplan_ckpt: checkpoint({ controllers: [] }) }))
  await recovery.close()
  expect(recovered).toEqual([])
  expect(await readdir(join(data, 'talking'))).toEqual([`${id(1)}.ended`])
  const next = await start('host:8084', { now: () => Date.now() + 10_000 })
  await next.pending.sweep(none)
  expect(next.recovered).toMatchObject([{ id: id(1), ending: 'callerHungUp' }])
})

test('operations a controller that stops does not leave a call whose record it knows to be written', async () => {
  const { recovery } = await start('host:8085', { settleMs: 2000 })
  await start('host:8084')
  const files = () => readdir(join(data, 'talking'))
  recovery.ended(gaveUp, event())
  await vi.waitFor(async () => expect(await files()).toEqual([`${id(1)}.ended`]), { interval: 5 })
  const file = join(data, 'journal', `${new Date().toISOString().slice(0, 10)}.jsonl`)
  await appendFile(file, `${JSON.stringify(record(id(1)))}\n`)
  await recovery.close()
  expect(await files()).toEqual([])
})

test('operations a name of a controller that cannot be read keeps no call from its record', async () => {
  const { recovery, recovered } = await start('host:8085')
  await mkdir(join(data, 'controllers', 'host:8084'))
  recovery.ended(gaveUp, event())
  await vi.waitFor(() => expect(recovered).toHaveLength(1), { interval: 5 })
})

describe('operations a call that was let go of for a queue', () => {
  const queues = planSet({
    plans: {
      main: {
        numbers: [did],
        missed: 'mail',
        steps: [
          { type: 'play', audio: 'hello' },
          { type: 'queue', queue: 'sales' },
        ],
      },
    },
    webhooks: { mail: { urlTemplate: 'https://mail.example/' } },
    audio: { hello: 'hello.wav' },
  })
  const reader = createLostCallReader({
    config: { defaultCountry: 'NL' },
    grants: createGrants({ transferContexts: [], env: {} }, 'NL'),
    plans: { current: () => queues, byRevision: () => Promise.resolve(queues) },
  })
  const state = { ...beginAt(1, '', 'mail'), steps: 1 }
  const inQueue = checkpoint({ operation: 'queue', history: ['0:played'], state })
  const waits = {
    variable_belplan_ckpt: inQueue,
    variable_cc_exit_keys: 'w',
    variable_cc_queue: 'sales',
    variable_cc_queue_joined_epoch: '1795649093',
  }
  const before: CallRecord = {
    ...record(id(1)),
    steps: [
      { step: 'main/0', type: 'play', ms: 3000, outcome: 'played' },
      { step: 'main/1', type: 'queue', ms: 1, outcome: 'waiting', queue: 'sales' },
    ],
  }
  const missedCall = { document: 'acme', name: 'mail' } as MissedCall
  const headers = (more: Record<string, string>) => {
    const all: Record<string, unknown> = event({ ...waits, ...more })
    const get = (name: string) => all[name] as string | undefined
    return { get, variable: (name: string) => get(`variable_${name}`) }
  }

  test('and in which they hung up has one record with the steps before, whichever controllers see the end', async () => {
    const [a, b] = [await start('host:8084', { reader }), await start('host:8085', { reader })]
    const calls = Array.from({ length: 20 }, (_, n) => id(n + 1))
    for (const call of calls)
      await a.pending.addWaiting({ record: { ...before, id: call }, missed: undefined })
    const cancelled = { variable_cc_cause: 'cancel', variable_cc_cancel_reason: 'BREAK_OUT' }
    for (const { recovery } of [a, b])
      for (const call of calls)
        recovery.ended({ ...gaveUp, id: call }, event({ ...waits, ...cancelled, 'Unique-ID': call }))
    const recovered = () => [...a.recovered, ...b.recovered]
    await vi.waitFor(() => expect(recovered()).toHaveLength(calls.length), { interval: 5 })
    for (const made of recovered())
      expect(made).toMatchObject({ notes: [], steps: [before.steps[0], { outcome: 'interrupted' }] })
  })

  test('and in which they hung up is a missed call, with the steps before', async () => {
    const left = headers({
      variable_cc_cause: 'cancel',
      variable_cc_cancel_reason: 'BREAK_OUT',
      variable_cc_queue_canceled_epoch: '1795649123',
      variable_sip_hangup_disposition: 'recv_bye',
    })
    const { record: made, missed } = await reader.read({ ...gaveUp, cause: 'NORMAL_CLEARING' }, left, {
      record: before,
      missed: undefined,
    })
    expect(made).toMatchObject({ ending: 'callerHungUp', notes: [] })
    expect(made.steps).toEqual([
      before.steps[0],
      { step: 'main/1', type: 'queue', outcome: 'interrupted', queue: 'sales', waitMs: 30_000 },
    ])
    expect(missed).toMatchObject({ name: 'mail' })
  })

  test('and in which an agent answered is none, by the profile that it got for that', async () => {
    const talked = headers({
      ...{
        variable_cc_cause: 'answered',
        variable_cc_agent: '215',
        variable_cc_queue_answered_epoch: '1795649103',
      },
      ...{ variable_cc_agent_uuid: id(7), 'Caller-Profile-Created-Time': '7' },
      'Caller-Transfer-Source': `1795649095:${id(8)}:uuid_br:${id(7)}`,
    })
    expect(reader.lastHolder(talked)).toBeDefined()
    const { record: made, missed } = await reader.read(
      { ...gaveUp, cause: 'NORMAL_CLEARING', talkMs: 5000 },
      talked,
      undefined,
    )
    expect(made).toMatchObject({ ending: 'talked', talkMs: 5000 })
    expect(made.steps).toEqual([
      { step: 'main/0', type: 'play', outcome: 'played' },
      { step: 'main/1', type: 'queue', outcome: 'answered', queue: 'sales', agent: '215', waitMs: 10_000 },
    ])
    expect(missed).toBeUndefined()
  })

  test('and that was taken up where other data is has no record here', async () => {
    const { recovery, recovered, missed, pending } = await start('host:8084', { reader })
    const held = before.steps.slice(0, 1)
    await pending.addWaiting({ record: { ...before, steps: held, ending: 'lost' }, missed: missedCall })
    const elsewhere = checkpoint({ operation: 'bridge', controllers: ['host:8084', 'other:8084'], state })
    recovery.ended(gaveUp, event({ variable_belplan_ckpt: elsewhere }))
    await vi.waitFor(async () => expect(await readdir(join(data, 'talking'))).toEqual([]), { interval: 5 })
    await recovery.close()
    expect(recovered).toEqual([])
    expect(missed).not.toHaveBeenCalled()
  })

  test('and whom the agent sent elsewhere than to a plan has talked, and is not missed', async () => {
    const { recovery, recovered, missed, pending } = await start('host:8084', { reader })
    await pending.addWaiting({ record: { ...before, ending: 'lost' }, missed: missedCall })
    const transferred = {
      variable_cc_cause: 'answered',
      variable_cc_agent: '215',
      variable_cc_queue_answered_epoch: '1795649103',
      variable_cc_agent_uuid: id(7),
      'Caller-Profile-Created-Time': '7',
      'Caller-Transfer-Source': `1795649095:${id(8)}:bl_xfer:8000/default/XML`,
    }
    recovery.ended(gaveUp, event({ ...waits, ...transferred }))
    await vi.waitFor(() => expect(recovered).toHaveLength(1), { interval: 5 })
    await vi.waitFor(async () => expect(await readdir(join(data, 'talking'))).toEqual([]), { interval: 5 })
    expect(recovered[0]).toMatchObject({ ending: 'talked', cause: gaveUp.cause, freeswitch: 'a' })
    expect(recovered[0]!.steps).toEqual([
      before.steps[0],
      { ...before.steps[1], outcome: 'answered', agent: '215', waitMs: 10_000 },
    ])
    expect(missed).not.toHaveBeenCalled()
  })

  test('and whom the agent transferred is another call', () => {
    const transferred = headers({
      variable_cc_agent_uuid: id(7),
      'Caller-Profile-Created-Time': '7',
      'Caller-Transfer-Source': `1795649095:${id(8)}:bl_xfer:8000/default/XML`,
    })
    expect(reader.lastHolder(transferred)).toBeUndefined()
  })

  test('and a message that a caller left who hung up behind it is in the record', async () => {
    const box = planSet({
      plans: { main: { numbers: [did], steps: [{ type: 'voicemail', mailbox: '215' }] } },
    })
    const messages = createLostCallReader({
      config: { defaultCountry: 'NL' },
      grants: createGrants({ transferContexts: [], env: {} }, 'NL'),
      plans: { current: () => box, byRevision: () => Promise.resolve(box) },
    })
    const spoken = (more: Record<string, string>) =>
      headers({
        variable_belplan_ckpt: checkpoint({
          operation: 'voicemail',
          history: [],
          state: beginAt(0, '', undefined),
        }),
        variable_skip_record_check: 'true',
        variable_sip_hangup_disposition: 'recv_bye',
        ...more,
      })
    const read = async (more: Record<string, string>) =>
      (await messages.read({ ...gaveUp, cause: 'NORMAL_CLEARING' }, spoken(more), undefined)).record
    const left = {
      variable_record_ms: '4000',
      variable_voicemail_message_len: '00:00:04',
      variable_voicemail_file_path: '/m/1.wav',
    }
    expect(await read(left)).toMatchObject({
      ending: 'callerHungUp',
      steps: [{ type: 'voicemail', outcome: 'left', mailbox: '215', messageMs: 4000, file: '/m/1.wav' }],
    })
    expect((await read({})).steps).toMatchObject([
      { type: 'voicemail', outcome: 'interrupted', mailbox: '215' },
    ])
  })
})

describe('several-machines a call of another machine', () => {
  /** What is known of them, which a test changes. */
  function machines(at: MachineAtEnd) {
    const known = {
      ...{ at, claimed: true as boolean | undefined, isFirst: false },
      ...{ copies: [] as PendingCopy[], asked: [] as string[], took: [] as number[] },
    }
    const others: OtherMachines = {
      machineAtEnd: (holder) => (holder === 'host:8084' ? known.at : 'unknown'),
      tookCall: (_, atMs) => void known.took.push(atMs),
      claim(calls) {
        known.asked.push(...calls.map((call) => call.id))
        const ours = new Set(known.claimed ? calls.map((call) => call.id) : [])
        return Promise.resolve(known.claimed === undefined ? undefined : { ours, copies: known.copies })
      },
      isFirst: () => known.isFirst,
      isHeard: () => true,
    }
    return { known, others }
  }
  const files = () => readdir(join(data, 'talking'))
  /** Long after what is looked at every second or so. */
  const later = { interval: 20, timeout: 5000 }

  test('has its record here where that machine is gone and nobody else has claimed it', async () => {
    const { known, others } = machines('open')
    const { recovery, recovered, missed } = await start('other:1', { others })
    recovery.ended(
      gaveUp,
      event({ 'Caller-Channel-Answered-Time': '0', variable_sip_hangup_disposition: 'recv_cancel' }),
    )
    await new Promise((done) => setTimeout(done, 300))
    expect([known.asked, await files()]).toEqual([[], []])
    known.at = 'gone'
    await vi.waitFor(() => expect(recovered).toHaveLength(1), later)
    expect(known.asked).toEqual([id(1)])
    expect(recovered[0]).toMatchObject({ id: id(1), controllers: ['host:8084'], ending: 'callerHungUp' })
    expect(missed).toHaveBeenCalledOnce()
    expect(await files()).toEqual([])
  })

  test.for<MachineAtEnd>(['there', 'unknown'])('has none here where that machine is %s', async (at) => {
    const { known, others } = machines(at)
    const { recovery, recovered, pending } = await start('other:1', { others })
    await pending.addWaiting({ record: record(id(1)), missed: undefined })
    recovery.ended(gaveUp, event())
    await vi.waitFor(async () => expect(await files()).toEqual([]), later)
    await recovery.close()
    expect([recovered, known.asked]).toEqual([[], []])
  })

  test('has none here where another one has claimed it', async () => {
    const { known, others } = machines('gone')
    known.claimed = false
    const { recovery, recovered } = await start('other:1', { others })
    recovery.ended(gaveUp, event())
    await vi.waitFor(() => expect(known.asked).toEqual([id(1)]), later)
    await vi.waitFor(async () => expect(await files()).toEqual([]), later)
    await recovery.close()
    expect(recovered).toEqual([])
  })

  test('waits on the disk while nobody can say, until it can be claimed', async () => {
    const { known, others } = machines('gone')
    known.claimed = undefined
    const { recovery, recovered } = await start('other:1', { others })
    recovery.ended(gaveUp, event())
    await vi.waitFor(async () => expect(await files()).toEqual([`${id(1)}.ended`]), later)
    expect(recovered).toEqual([])
    known.claimed = true
    await vi.waitFor(() => expect(recovered).toHaveLength(1), later)
  })

  test.for([true, false])(
    'is left to the first one when that lasts; this is the first one: %s',
    async (isFirst) => {
      const { known, others } = machines('gone')
      Object.assign(known, { claimed: undefined, isFirst })
      const { recovery, recovered } = await start('other:1', { others })
      recovery.ended(gaveUp, event())
      await vi.waitFor(async () => expect(await files()).toEqual([`${id(1)}.ended`]), later)
      await vi.waitFor(async () => expect(await files()).toEqual([]), later)
      expect(recovered).toHaveLength(isFirst ? 1 : 0)
    },
  )

  test('has all that its machine had of it: of a conversation, and of one that FreeSWITCH had', async () => {
    const { known, others } = machines('gone')
    const steps: CallRecord['steps'] = [
      { step: 'main/0', type: 'bridge', ms: 3, outcome: 'answered', destinations: ['215'] },
    ]
    const call = JSON.stringify({ ...record(id(1), { steps }), watch: undefined })
    known.copies = [{ id: id(1), kind: 'talking', call }]
    const { recovery, recovered, journal } = await start('other:1', { others })
    recovery.ended(talked, event())
    await vi.waitFor(() => expect(recovered).toHaveLength(1), later)
    expect(await journal.find(id(1))).toMatchObject({
      steps,
      ending: 'talked',
      talkMs: 6000,
      cause: 'NORMAL_CLEARING',
    })
  })

  test('says when its controller took it, by how long it lasted', async () => {
    const { known, others } = machines('there')
    const { recovery } = await start('other:1', { others })
    const before = performance.now()
    recovery.ended(gaveUp, event({ 'Event-Date-Timestamp': '1795361977724523' }))
    expect(known.took).toHaveLength(1)
    expect(known.took[0]! - before).toBeGreaterThan(-10_001)
    expect(known.took[0]! - before).toBeLessThan(-9000)
  })

  test('takes bounded memory, however many end while nobody can say', async () => {
    const { known, others } = machines('open')
    const { recovery, recovered } = await start('other:1', { others })
    const call = event()
    for (let i = 0; i < 10_100; i++) recovery.ended({ ...gaveUp, id: id(i) }, call)
    known.at = 'gone'
    known.claimed = false
    await vi.waitFor(() => expect(new Set(known.asked).size).toBe(10_000), { interval: 100, timeout: 50_000 })
    expect(known.asked).not.toContain(id(0))
    expect(recovered).toEqual([])
  }, 60_000)

  test('of this machine is claimed as well, since others may not know that it is there', async () => {
    const { known, others } = machines('unknown')
    const { recovery, recovered } = await start('host:8084', { others })
    recovery.ended(gaveUp, event())
    await vi.waitFor(() => expect(recovered).toHaveLength(1), later)
    expect(known.asked).toEqual([id(1)])
    known.claimed = undefined
    recovery.ended({ ...gaveUp, id: id(2) }, event())
    await vi.waitFor(() => expect(recovered).toHaveLength(2), later)
  })
})
