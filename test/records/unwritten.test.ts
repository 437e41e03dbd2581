import { appendFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { encodeCheckpoint, type Checkpoint } from '../../src/call/checkpoint.ts'
import { openJournal } from '../../src/records/journal.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { openTalking } from '../../src/records/talking.ts'
import { createWritten } from '../../src/records/written.ts'
import { createGrants } from '../../src/plan/grants.ts'
import { beginAt } from '../../src/plan/state.ts'
import { watchUnwritten, type Unwritten, type UnwrittenParts } from '../../src/records/unwritten.ts'
import { planSet } from '../call/controller.ts'
import { id, record } from './records.ts'

const did = '+31502100000'
const set = planSet({
  webhooks: { mail: { urlTemplate: 'https://mail.example/' } },
  plans: { main: { numbers: [did], missed: 'mail', steps: [{ type: 'bridge', destination: '215' }] } },
})
const log = pino({ level: 'silent' })
const config: UnwrittenParts['config'] = {
  defaultCountry: 'NL',
  routes: [],
  noPlanCause: 'UNALLOCATED_NUMBER',
  limits: { callsPerMinute: 0, calls: 0, perCaller: { callsPerMinute: 0, calls: 0 }, bridgesPerCall: 20, legsPerSecond: 0, maxSeconds: 1 },
} // prettier-ignore

const grants = createGrants({ transferContexts: [], env: {} }, 'NL')
let data: string
let open: Unwritten[] = []
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'belplan-unwritten-'))
})
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
  await rm(data, { recursive: true })
})

/** A controller's watch; all of them share `folder`. */
async function watch(node: string, folder = data) {
  const journal = await openJournal({ folder: join(folder, 'journal'), log })
  const talking = await openTalking({
    folder: join(folder, 'talking'),
    journal,
    log,
    claimant: node.replace(':', '-'),
  })
  const adopted: CallRecord[] = []
  const missed = vi.fn()
  const written = createWritten({ folder: join(folder, 'journal') })
  const unwritten = watchUnwritten({
    ...{ config, grants, node, log, talking, missed, written, settleMs: 50 },
    plans: {
      current: () => set,
      byRevision: (wanted) => Promise.resolve(wanted === set.revision ? set : undefined),
    },
    folder: join(folder, 'controllers'),
    adopted: (one) => adopted.push(one),
  })
  open.push(unwritten)
  // Its name is known to the others.
  await vi.waitFor(async () => expect(await readdir(join(folder, 'controllers'))).toContain(node), {
    interval: 5,
  })
  return { unwritten, adopted, missed, journal }
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
const talked = { id: id(1), cause: 'NORMAL_CLEARING', talkMs: 6000 }
const gaveUp = { id: id(1), cause: 'ORIGINATOR_CANCEL' }

test('controller §6 a call that was answered after its controller was killed has exactly one record', async () => {
  const [a, b] = [await watch('host:8084'), await watch('host:8085')]
  for (const { unwritten } of [a, b]) unwritten.ended(talked, event())
  await vi.waitFor(() => expect([...a.adopted, ...b.adopted]).toHaveLength(1), { interval: 5 })
  await Promise.all([a.unwritten.close(), b.unwritten.close()])
  expect([...a.adopted, ...b.adopted]).toMatchObject([
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

test('§2 `missed` is asked for a caller who gave up while no controller was there', async () => {
  const { unwritten, adopted, missed } = await watch('host:8084')
  unwritten.ended(
    gaveUp,
    event({ 'Caller-Channel-Answered-Time': '0', variable_sip_hangup_disposition: 'recv_cancel' }),
  )
  await vi.waitFor(() => expect(adopted).toHaveLength(1), { interval: 5 })
  expect(adopted[0]).toMatchObject({ ending: 'callerHungUp', answered: false, cause: 'ORIGINATOR_CANCEL' })
  expect(missed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'mail', callId: id(1) }))
})

test('controller §6 a record that another controller wrote is not written again', async () => {
  const { unwritten, adopted } = await watch('host:8084')
  await mkdir(join(data, 'journal'), { recursive: true })
  unwritten.ended(gaveUp, event())
  unwritten.ended({ ...gaveUp, id: id(2) }, event())
  const file = join(data, 'journal', `${new Date().toISOString().slice(0, 10)}.jsonl`)
  await appendFile(file, `${JSON.stringify(record(id(1)))}\n`)
  await vi.waitFor(() => expect(adopted).toHaveLength(1), { interval: 5 })
  await unwritten.close()
  expect(adopted.map((one) => one.id)).toEqual([id(2)])
})

test('controller §6 a call of a controller whose records are kept elsewhere is not written', async () => {
  const { unwritten, adopted } = await watch('host:8085')
  unwritten.ended(gaveUp, event())
  unwritten.ended(
    { ...gaveUp, id: id(2) },
    event({ variable_belplan_ckpt: checkpoint({ controllers: ['../../x:1'] }) }),
  )
  unwritten.ended(
    { ...gaveUp, id: id(3) },
    event({ variable_belplan_ckpt: checkpoint({ controllers: ['host:8085'] }) }),
  )
  await vi.waitFor(() => expect(adopted).toHaveLength(1), { interval: 5 })
  await unwritten.close()
  expect(adopted.map((one) => one.id)).toEqual([id(3)])
})

test('a call that was brought back by a transfer is not taken for one that was lost', async () => {
  const { unwritten, adopted } = await watch('host:8084')
  unwritten.ended(gaveUp, event({ 'Caller-Profile-Created-Time': '1795361999999999' }))
  unwritten.ended({ ...gaveUp, id: id(2) }, event())
  await vi.waitFor(() => expect(adopted).toHaveLength(1), { interval: 5 })
  expect(adopted[0]!.id).toBe(id(2))
})

test('a controller that stops writes what is its own at once', async () => {
  const { unwritten, adopted } = await watch('host:8084')
  unwritten.ended(gaveUp, event())
  await unwritten.close()
  expect(adopted).toHaveLength(1)
})
