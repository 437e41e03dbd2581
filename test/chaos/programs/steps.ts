/**
 * kill -9 at the begin, the middle and the end of every step type: a train of calls is offered so that, at the
 * moment of the kill, there is one at every age.
 */
import { globSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { openTestBed, type TestBed } from '../test-bed.ts'
import { judge, rowsOf, type Judged } from '../judge.ts'
import { callees, documentsOf, hooks, stepKinds, type Kind } from '../kinds.ts'
import { offer, type Offered } from '../traffic.ts'
import { holds, isKept, type Row, type Verdict } from '../verdict.ts'

/** A call reaches its first step some 30 to 60 ms after the INVITE, and FreeSWITCH is most delicate there. */
const BEGIN_MS = 150
const DENSE_MS = 12
const SPARSE_MS = 120

export interface StepsOptions {
  /** Only kinds whose name begins with one of these; all, when empty. */
  readonly only: readonly string[]
}

export async function steps({ only }: StepsOptions): Promise<Verdict> {
  const kinds = stepKinds.filter(
    ({ name }) => only.length === 0 || only.some((word) => name.startsWith(word)),
  )
  const testBed = await openTestBed({
    ...{ hooks, callees, documents: documentsOf(kinds) },
    config: {
      transferContexts: [{ context: 'default', extensions: '8000' }],
      queues: [{ queues: 'sales' }],
      mailboxes: [{ mailboxes: '215' }],
    },
  })
  let verdict: Verdict | undefined
  try {
    const all: Offered[] = []
    const rows: Row[] = []
    for (const [index, kind] of kinds.entries()) {
      const train = await killAmong(testBed, kinds, index, all.length)
      all.push(...train.map(({ offered }) => offered))
      rows.push(...phasesOf(kind, train, testBed))
    }
    rows.push(...recordingsOf(all, kinds, testBed))
    const leftAfterMs = await testBed.quiet(30_000)
    const judged = judge(all, testBed)
    rows.push(...rowsOf(judged, { leftAfterMs, channels: await testBed.channels() }))
    verdict = { title: 'kill -9 at every step', rows, faults: judged.faults }
    return verdict
  } finally {
    await testBed.close(verdict === undefined || !isKept(verdict))
  }
}

interface InTrain {
  readonly offered: Offered
  /** Milliseconds between INVITE and kill. */
  readonly ageMs: number
}

/** How old the calls are to be at the kill, oldest first. */
function ages(stepMs: number): number[] {
  const found: number[] = []
  const end = stepMs + 2 * BEGIN_MS
  for (let age = 0; age < end; age += age < BEGIN_MS || age > stepMs - BEGIN_MS ? DENSE_MS : SPARSE_MS)
    found.push(age)
  return found.reverse()
}

async function killAmong(
  testBed: TestBed,
  kinds: readonly Kind[],
  index: number,
  serial: number,
): Promise<InTrain[]> {
  const planned = ages(kinds[index]!.stepMs ?? 0)
  const killAt = performance.now() + planned[0]! + 50
  const calls: Offered[] = []
  for (const age of planned) {
    await delay(Math.max(0, killAt - age - performance.now()))
    calls.push(offer(testBed, kinds, index, serial + calls.length))
  }
  // Every call tries this controller first.
  testBed.a.signal('SIGKILL')
  const killedMs = Date.now()
  await testBed.a.end('SIGKILL')
  await testBed.a.start()
  await Promise.all(calls.map(({ caller }) => caller.over))
  return calls.map((offered) => ({ offered, ageMs: killedMs - offered.caller.invitedMs }))
}

/** One file of each conversation that was to be recorded, and none besides. */
function recordingsOf(all: readonly Offered[], kinds: readonly Kind[], { recordings }: TestBed): Row[] {
  return kinds.flatMap((kind, index) => {
    if (!kind.way.isRecorded) return []
    const talked = all.filter((call) => call.kind === kind && call.report?.status === 200).length
    const files = globSync(`customer-${index}/**/*.wav`, { cwd: recordings }).length
    return [holds(`${kind.name}, recordings`, files, `of each of ${talked} conversations`, files === talked)]
  })
}

function phasesOf(kind: Kind, train: readonly InTrain[], testBed: TestBed): Row[] {
  const end = (kind.stepMs ?? 0) - BEGIN_MS
  const phases = [
    { phase: 'begin', fits: (age: number) => age <= BEGIN_MS },
    { phase: 'middle', fits: (age: number) => age > BEGIN_MS && age < end },
    { phase: 'end', fits: (age: number) => age > BEGIN_MS && age >= end },
  ]
  return phases.flatMap(({ phase, fits }) => {
    const calls = train.filter(({ ageMs }) => fits(ageMs)).map(({ offered }) => offered)
    if (calls.length === 0) return []
    const { good, offered }: Judged = judge(calls, testBed)
    return [holds(`${kind.name}, killed at its ${phase}`, good, `all ${offered}`, good === offered)]
  })
}
