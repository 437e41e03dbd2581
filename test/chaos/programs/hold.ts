/**
 * Callers who wait or leave a message cost the controllers nothing: as many as this machine's FreeSWITCH carries are put
 * into a queue, or into a mailbox, and sockets and memory are measured while they are there. Memory is that of a controller that took as many calls before and
 * holds none: a process keeps pages that it once needed.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { edit, letWait } from '../../freeswitch/harness/configuration.ts'
import type { ControllerProcess } from '../../harness/controller-process.ts'
import { until } from '../../harness/until.ts'
import { openTestBed, type TestBed } from '../test-bed.ts'
import { valueOf } from '../neighbours/watch.ts'
import type { Caller } from '../sip/caller.ts'
import { atMost, figure, holds, isKept, type Verdict } from '../verdict.ts'

export interface HoldOptions {
  readonly place: PlaceName
  readonly callers: number
  readonly perSecond: number
}

export type PlaceName = keyof typeof PLACES

/** Where callers are, and no controller holds them. */
interface Place {
  readonly step: object
  readonly config: Readonly<Record<string, unknown>>
  /** Changes FreeSWITCH's configuration. */
  readonly change: (conf: string) => void
  /** How many are there. */
  readonly count: (testBed: TestBed) => Promise<number>
}

const DID = '+31502100001'
const BEFORE = '+31502100002'
/** Long enough for all to come. */
const WAIT_SECONDS = 3600
/** A controller that holds nothing differs by so much from one minute to the next. */
const NOISE_MIB = 25
const MIB = 1024 * 1024

const PLACES = {
  queue: {
    step: { type: 'queue', queue: 'sales', maxWaitSeconds: WAIT_SECONDS },
    config: { queues: [{ queues: 'sales' }] },
    change: letWait,
    count: async (testBed) => Number(await testBed.switch.api('callcenter_config queue count members sales')),
  },
  voicemail: {
    step: { type: 'voicemail', mailbox: '215' },
    config: { mailboxes: [{ mailboxes: '215' }] },
    change: speakOn,
    count: async (testBed) =>
      (await testBed.switch.api('show channels')).split('\n').filter((row) => row.includes(',voicemail,'))
        .length,
  },
} as const satisfies Readonly<Record<string, Place>>

/** Callers are silent: a message ends neither by that nor by its length before all are there. */
function speakOn(conf: string): void {
  edit(conf, 'autoload_configs/voicemail.conf.xml', (text) =>
    text
      .replace(/(record-silence-threshold" value=)"\d+"/, '$1"0"')
      .replace(/(max-record-len" value=)"\d+"/, '$1"1000"')
      .replace(
        '<param name="file-ext',
        `<param name="storage-dir" value="${join(conf, 'messages')}"/>\n      $&`,
      ),
  )
}

export async function hold({ place, callers, perSecond }: HoldOptions): Promise<Verdict> {
  const { step, config, change, count }: Place = PLACES[place]
  const testBed = await openTestBed({
    callees: {},
    documents: () => ({
      [place]: { version: 1, plans: { main: { numbers: [DID], steps: [step] } } },
      // As many calls, of which none waits.
      before: { version: 1, plans: { main: { numbers: [BEFORE], steps: [{ type: 'hangup' }] } } },
    }),
    ...{ config, change },
  })
  let verdict: Verdict | undefined
  try {
    await Promise.all((await offer(testBed, BEFORE, callers, perSecond)).map(({ over }) => over))
    await testBed.quiet(30_000)
    const none = await costs([testBed.a, testBed.b])
    const began = performance.now()
    const waiting = await offer(testBed, DID, callers, perSecond)
    const there = await until(
      'all callers are there',
      async () => {
        const found = await count(testBed)
        return found >= callers ? found : undefined
      },
      { withinMs: 60_000, everyMs: 500 },
    ).catch(() => count(testBed))
    const tookMs = performance.now() - began
    const all = await costs([testBed.a, testBed.b])
    await testBed.switch.api('hupall NORMAL_CLEARING')
    await Promise.all(waiting.map(({ over }) => over))
    const leftAfterMs = await testBed.quiet(60_000)
    verdict = {
      title: `callers in a ${place}: ${callers}`,
      rows: [
        // A busy machine takes some calls too late.
        holds('callers there', there, `nine tenths of ${callers}`, there >= 0.9 * callers),
        figure('until all were there', `${Math.round(tookMs / 1000)} s`),
        figure('memory with none, and with all', `${none.mib} / ${all.mib} MiB in two controllers`),
        atMost('more memory than with none', Math.max(0, all.mib - none.mib), NOISE_MIB, 'MiB'),
        holds('sockets from FreeSWITCH for calls', all.calls, '0', all.calls === 0),
        holds(
          'sockets with none, and with all',
          `${none.sockets} / ${all.sockets}`,
          'no more',
          all.sockets <= none.sockets,
        ),
        holds('channels that are left', await testBed.channels(), '0', leftAfterMs !== undefined),
      ],
      faults: [],
    }
    return verdict
  } finally {
    await testBed.close(verdict === undefined || !isKept(verdict))
  }
}

async function offer(testBed: TestBed, did: string, count: number, perSecond: number): Promise<Caller[]> {
  const began = performance.now()
  const calls: Caller[] = []
  for (let i = 0; i < count; i++) {
    await delay(Math.max(0, began + (i * 1000) / perSecond - performance.now()))
    calls.push(
      testBed.call({
        did,
        number: `+316${String(10_000_000 + i)}`,
        name: 'Jane',
        mostMs: WAIT_SECONDS * 1000,
      }),
    )
  }
  return calls
}

interface Costs {
  /** Resident memory, all of them together. */
  readonly mib: number
  readonly sockets: number
  /** Calls that they hold. */
  readonly calls: number
}

async function costs(controllers: readonly ControllerProcess[]): Promise<Costs> {
  // Connections of the API that were just used are still open.
  await delay(6000)
  const each = await Promise.all(controllers.map(costOf))
  const sum = (of: (cost: Costs) => number) => each.reduce((all, cost) => all + of(cost), 0)
  return {
    mib: Math.round(sum(({ mib }) => mib)),
    sockets: sum(({ sockets }) => sockets),
    calls: sum(({ calls }) => calls),
  }
}

async function costOf({ pid, apiUrl }: ControllerProcess): Promise<Costs> {
  const sockets = readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
  const metrics = await (await fetch(`${apiUrl}/metrics`, { headers: { connection: 'close' } })).text()
  const mib = valueOf(metrics, 'process_resident_memory_bytes') / MIB
  return { mib, sockets, calls: valueOf(metrics, 'belplan_calls_held') }
}
