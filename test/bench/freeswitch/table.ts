/** The same flow four ways on a real FreeSWITCH: inside it in Lua, by the controller, by the peers, and by the floor. */
import { join } from 'node:path'
import { findFreeSwitch, whatIsMissing } from '../../freeswitch/harness/tools.ts'
import type { Bench } from '../load.ts'
import { systemCpuMs } from '../program.ts'
import { number, type Table } from '../report.ts'
import { median, quantile, spreadPercent } from '../stats.ts'
import { startBelplan, startPeer, type Subject } from '../subjects.ts'
import { NUMBERS, openTestBed, type Way } from './test-bed.ts'
import { runPhase, type Phase } from './phase.ts'

const PER_SECOND = 20

interface Measured extends Phase {
  readonly controllerCpuMs: number
  readonly controllerOwnMs: number
}

/** Why it cannot be measured here; undefined when it can. */
export function missingForFreeswitch(): string | undefined {
  const missing = whatIsMissing(process.env)
  return missing.length === 0 ? undefined : missing.join('; ')
}

export async function freeswitchTable(bench: Bench, quick: boolean): Promise<Table> {
  const freeswitch = findFreeSwitch(process.env)
  if (freeswitch === undefined) throw new Error('no FreeSWITCH')
  const [rounds, calls] = quick ? [1, 200] : [3, 600]
  const options = { folder: bench.folder, hookPort: bench.hook.port }
  const subjects = {
    belplan: await startBelplan(options),
    esl: await startPeer('esl', options),
    modesl: await startPeer('modesl', options),
    floor: await startPeer('floor', options),
  }
  const testBed = await openTestBed({
    freeswitch,
    folder: join(bench.folder, 'switch'),
    sockets: {
      belplan: subjects.belplan.port,
      esl: subjects.esl.port,
      modesl: subjects.modesl.port,
      floor: subjects.floor.port,
    },
    url: `http://127.0.0.1:${bench.hook.port}/name?did=%2B31502100000&callerid=`,
  })
  const measured = new Map<Way, Measured[]>()
  try {
    // The first calls of a process are no measure of the others.
    for (const way of Object.keys(NUMBERS) as Way[])
      await runPhase(testBed, { way, calls: 40, perSecond: PER_SECOND })
    for (let round = 0; round < rounds; round++) {
      for (const way of Object.keys(NUMBERS) as Way[]) {
        const subject: Subject | undefined = way === 'lua' ? undefined : subjects[way]
        const before = await cpuOf(subject)
        const phase = await runPhase(testBed, { way, calls, perSecond: PER_SECOND })
        const after = await cpuOf(subject)
        const each = {
          controllerCpuMs: (after.system - before.system) / calls,
          controllerOwnMs: (after.own - before.own) / calls,
        }
        measured.set(way, [...(measured.get(way) ?? []), { ...phase, ...each }])
      }
    }
  } finally {
    await testBed.stop()
    await Promise.all(Object.values(subjects).map((subject) => subject.stop()))
  }
  return tableOf(measured, calls)
}

async function cpuOf(subject: Subject | undefined): Promise<{ system: number; own: number }> {
  if (subject === undefined) return { system: 0, own: 0 }
  return { own: await subject.ownCpuMs(), system: systemCpuMs(subject.pid) ?? NaN }
}

function tableOf(measured: ReadonlyMap<Way, readonly Measured[]>, calls: number): Table {
  const of = (way: Way, value: (one: Measured) => number) => median(measured.get(way)!.map(value))
  const setUp = (way: Way, q: number) => of(way, (one) => quantile(one.setUpMs, q))
  const cpu = (way: Way) => of(way, (one) => one.switchCpuMs)
  const own = (way: Way) => of(way, (one) => one.controllerCpuMs)
  const ways = [...measured.keys()]
  const rows = ways.map((way) => {
    const each = measured.get(way)!
    const inside = way === 'lua'
    return [
      way === 'lua' ? 'Lua in FreeSWITCH' : way,
      number(setUp(way, 0.5)),
      number(setUp(way, 0.99)),
      inside ? '' : `+${number(setUp(way, 0.5) - setUp('lua', 0.5))}`,
      number(cpu(way)),
      `± ${number(spreadPercent(each.map((one) => one.switchCpuMs)))} %`,
      number(cpu(way) / cpu('lua')),
      inside ? '' : number(own(way)),
      inside ? '' : number(of(way, (one) => one.controllerOwnMs)),
      inside ? '' : `${number((own(way) / cpu(way)) * 100)} %`,
    ]
  })
  const broken = ways.filter((way) =>
    measured.get(way)!.some(({ good, setUpMs }) => !good || setUpMs.length !== calls),
  )
  return {
    title: `On a real FreeSWITCH: webhook, caller's name, bridge; ${PER_SECOND} calls a second, ${calls} calls`,
    head: ['', 'set-up p50 ms', 'p99', 'over Lua', 'FreeSWITCH CPU ms/call', 'spread', 'against Lua', 'controller CPU ms/call', 'by itself', 'of FreeSWITCH’s'], // prettier-ignore
    rows,
    figures: [
      { name: 'set-up time over Lua, p50', value: setUp('belplan', 0.5) - setUp('lua', 0.5), unit: 'ms', target: { most: 22 } },
      { name: 'FreeSWITCH’s CPU per call against Lua', value: cpu('belplan') / cpu('lua'), unit: '×', target: { most: 1.15 } },
      { name: 'controller’s CPU per call', value: own('belplan'), unit: 'ms', target: { most: 1.5 } },
      { name: 'controller’s CPU against FreeSWITCH’s', value: (own('belplan') / cpu('belplan')) * 100, unit: '%', target: { most: 6 } },
    ], // prettier-ignore
    notes: [
      'floor: the same flow with nothing checked, kept or written down (peers/floor.ts).',
      `Medians of ${measured.get('lua')!.length} interleaved rounds. Set-up is from the caller's INVITE to the callee's, by a capture of the wire.`,
      ...broken.map((way) => `Not every call of ${way} went as it should.`),
    ],
  }
}
