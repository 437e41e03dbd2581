/**
 * Replays of calls at random. 150 here, 1,000 with `npm run test:trials`; BELPLAN_TRIALS and BELPLAN_SEED say how many,
 * and which.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { definitions } from '../../src/plan/steps/index.ts'
import type { StepRecord } from '../../src/plan/index.ts'
import type { CallRecord } from '../../src/records/index.ts'
import { createReplays, type ReplayReport } from '../../src/replay/index.ts'
import { withStepChanged } from './changed-step.ts'
import { config, grants, plansOf, type RecordedCall, recordedCalls, setOf } from './recorded-calls.ts'

const COUNT = Number(process.env['BELPLAN_TRIALS'] ?? 150)
const SEED = Number(process.env['BELPLAN_SEED'] ?? 1)

const replays = createReplays({ config, grants })

/** Enough to look into what went wrong. */
const told = ({ record }: RecordedCall, { parting, assumptions }: ReplayReport) => ({
  ...{ parting, assumptions },
  record: { ...record, steps: record.steps.map((step) => JSON.stringify(step)) },
})

const outcomeOf = ({ step, type, outcome }: StepRecord) => ({ step, type, outcome })

/** A number below `below` that depends on the record alone. */
const drawn = ({ steps, did }: CallRecord, below: number): number =>
  (steps.length * 31 + did.length * 7) % below

describe(`operations the records of ${COUNT} calls at random (seed ${SEED})`, () => {
  let calls: RecordedCall[]
  beforeAll(async () => {
    calls = await recordedCalls(COUNT, SEED)
  }, 240_000)

  test('are of every ending, and have every type of step', () => {
    const endings = new Set(calls.map(({ record }) => record.ending))
    const types = new Set(calls.flatMap(({ record }) => record.steps.map(({ type }) => type)))
    expect([...endings].sort()).toEqual([
      ...['callerHungUp', 'endOfList', 'hungUpByPlan', 'noPlan', 'stepBudget', 'talked', 'transferred'],
    ])
    expect([...types].sort()).toEqual(Object.keys(definitions).sort())
  })

  test('each replays to itself', async () => {
    const parted = []
    for (const call of calls) {
      const report = await replays.run(call.record, plansOf(call.set))
      if (!report.isSame) parted.push(told(call, report))
    }
    expect(parted).toEqual([])
  })

  test('each is the same by a plan that is the same, with nothing to be assumed', async () => {
    const parted = []
    for (const call of calls) {
      const report = await replays.run(call.record, plansOf(call.set), call.set)
      if (!report.isSame || report.assumptions.length > 0) parted.push(told(call, report))
    }
    expect(parted).toEqual([])
  })

  test('each replays to itself where another controller took the call over, and only outcomes are known', async () => {
    const parted = []
    for (const call of calls) {
      const { steps } = call.record
      const before = drawn(call.record, Math.min(steps.length, 6) + 1)
      const known = steps.map((step, i) => (i < before ? outcomeOf(step) : step))
      const record = { ...call.record, controllers: ['a:8084', 'b:8084'], steps: known }
      // How many bridges there were before is not known: a webhook may have returned no destination.
      const isPastLimit = JSON.stringify(steps).includes('bridges in one call')
      for (const other of isPastLimit ? [undefined] : [undefined, call.set]) {
        const report = await replays.run(record, plansOf(call.set), other)
        if (!report.isSame) parted.push(told({ ...call, record }, report))
      }
    }
    expect(parted).toEqual([])
  })

  test('each replays to itself where its record was cut short', async () => {
    const parted = []
    for (const call of calls) {
      const { steps } = call.record
      const from = drawn(call.record, steps.length + 1)
      const known = steps.map((step, i) => (i < from ? step : { ...outcomeOf(step), ms: step.ms! }))
      const record = { ...call.record, steps: known, shortened: steps.length - from }
      const report = await replays.run(record, plansOf(call.set))
      if (!report.isSame) parted.push(told({ ...call, record }, report))
    }
    expect(parted).toEqual([])
  })

  test('with one step of the plan changed, each parts at that step', async () => {
    const wrong = []
    let changed = 0
    for (const call of calls) {
      const { steps } = call.record
      if (steps.length === 0) continue
      const { step: name } = steps[drawn(call.record, steps.length)]!
      const set = await setOf(withStepChanged(call.played.document, name))
      const report = await replays.run(call.record, plansOf(call.set), set)
      changed++
      const at = steps.findIndex(({ step }) => step === name)
      if (report.parting?.step !== at + 1 || !report.parting.sentence.includes(name))
        wrong.push({ name, at, ...told(call, report) })
    }
    expect(wrong).toEqual([])
    expect(changed).toBeGreaterThan(COUNT / 2)
  }, 300_000)

  test('with one step of the record changed, it is a fault at that step', async () => {
    const wrong = []
    for (const call of calls) {
      const { steps } = call.record
      if (steps.length === 0) continue
      const at = drawn(call.record, steps.length)
      const tampered = steps.map((step, i) => (i === at ? { ...step, step: 'main/99' } : step))
      const report = await replays.run({ ...call.record, steps: tampered }, plansOf(call.set))
      if (!report.isFault || report.parting?.step !== at + 1) wrong.push(told(call, report))
    }
    expect(wrong).toEqual([])
  })
})
