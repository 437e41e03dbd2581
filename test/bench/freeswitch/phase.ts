/** Some hundred calls one way, and what they cost. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { header, party } from '../../freeswitch/harness/sip.ts'
import { listening, startSipp } from '../../freeswitch/harness/sipp.ts'
import { until } from '../../harness/until.ts'
import { systemCpuMs } from '../program.ts'
import { NUMBERS, type TestBed, type Way } from './test-bed.ts'

export interface PhaseOptions {
  readonly way: Way
  readonly calls: number
  readonly perSecond: number
}

export interface Phase {
  /** Of the calls that rang the callee: from the caller's INVITE to the callee's, by the capture. */
  readonly setUpMs: readonly number[]
  /** Calls that went the way of the scenario: SIPp's word for each side. */
  readonly good: boolean
  /** Of FreeSWITCH, per call. */
  readonly switchCpuMs: number
}

const TALK_MS = 500

export async function runPhase(testBed: TestBed, { way, calls, perSecond }: PhaseOptions): Promise<Phase> {
  const { wire, run, carrier, caller, pid } = testBed
  const folder = join(testBed.folder, `${way}-${Date.now()}`)
  mkdirSync(folder, { recursive: true })
  const to = `127.0.0.1:${testBed.switch.ports.externalSip}`
  const callee = startSipp({
    ...{ scenario: 'callee', to, port: carrier, mediaPort: 30_000, calls, folder, run },
    more: ['-d', '0', '-recv_timeout', '20000'],
  })
  await listening(carrier)
  copyFileSync(join(import.meta.dirname, 'caller.xml'), join(folder, 'caller.xml'))
  const seen = wire.sip().length
  const before = systemCpuMs(pid) ?? NaN
  const placing = run(
    'sipp',
    [
      ...[to, '-sf', join(folder, 'caller.xml'), '-i', '127.0.0.1', '-p', String(caller), '-mp', '32000'],
      ...['-m', String(calls), '-r', String(perSecond), '-d', String(TALK_MS), '-nostdin', '-trace_err'],
      ...['-key', 'did', NUMBERS[way]],
    ],
    { cwd: folder, logFile: join(folder, 'sipp.out'), env: { ...process.env, TERM: 'dumb' } },
  )
  const callerExit = await placing.exit
  const calleeExit = await Promise.race([callee.exit, gaveUp()])
  await callee.end()
  await until('every call has left FreeSWITCH', async () =>
    /^0 total/m.test(await testBed.switch.api('show channels count')) ? true : undefined,
  )
  const after = systemCpuMs(pid) ?? NaN
  await wire.sync()
  return {
    setUpMs: setUpTimes(testBed, seen),
    good: callerExit === 0 && calleeExit === 0,
    switchCpuMs: (after - before) / calls,
  }
}

/** The callee's last call may still be saying goodbye when the caller's is over. */
const gaveUp = (): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), 10_000).unref())

function setUpTimes({ wire, carrier, caller }: TestBed, from: number): number[] {
  const began = new Map<string, number>()
  const rang = new Map<string, number>()
  for (const message of wire.sip().slice(from)) {
    if (message.method !== 'INVITE') continue
    const number = party(header(message, 'from'))?.user ?? ''
    const side = message.from === caller ? began : message.to === carrier ? rang : undefined
    // The first of them: a repeated INVITE was on the wire before.
    if (side !== undefined && !side.has(number)) side.set(number, message.atMs)
  }
  return [...rang].map(([number, atMs]) => atMs - (began.get(number) ?? NaN))
}
