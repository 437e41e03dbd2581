import { expect, test } from 'vitest'
import { play, plan, ring, walkPlan, type Script } from '../walking.ts'

const record = { type: 'record' }
const announced = { type: 'record', announce: 'hello' }
const stop = { type: 'record', stop: true }
const ask = (...success: object[]) => ({ type: 'webhook', webhook: 'crm', success })

/** The destinations whose conversations are recorded, of those that are rung. */
async function recorded(steps: object[], more: object = {}, script: Script = {}): Promise<string[]> {
  const { bridges } = await walkPlan(plan(steps, more), { answers: { crm: { status: 'ACK' } }, ...script })
  return bridges.flatMap(({ destinations, record }) => (record ? destinations : []))
}

test.each<[string, object[], string[]]>([
  ['nothing without it', [ring('1')], []],
  ['what follows, and not what was before', [ring('1'), record, ring('2'), ring('3')], ['2', '3']],
  ['no more behind `stop`', [record, ring('1'), stop, ring('2')], ['1']],
  ['again behind another one', [record, stop, ring('1'), record, ring('2')], ['2']],
  ['also behind the list that it stands in', [ask(record), ring('1')], ['1']],
  ['each of a list that is rung in turn', [record, ring(['1', '2'], { strategy: 'sequential' })], ['1', '2']],
  ['this conversation alone, of a bridge', [ring('1', { record: true }), ring('2')], ['1']],
  ['that of a bridge also behind `stop`', [stop, ring('1', { record: true })], ['1']],
])('§5 record: %s', async (_, steps, expected) => {
  expect(await recorded(steps)).toEqual(expected)
})

test('§5 record holds beyond a goto, in plans that are called and behind them', async () => {
  const goto = { other: { steps: [ring('1')] } }
  expect(await recorded([record, { type: 'goto', plan: 'other' }], goto)).toEqual(['1'])
  const called = { other: { steps: [ring('1'), record] } }
  expect(await recorded([{ type: 'call', plan: 'other' }, ring('2')], called)).toEqual(['2'])
})

test('§5 record: the announcement is played to an answered caller before anything is rung', async () => {
  const { done, steps } = await walkPlan(plan([announced, ring('1')]))
  expect(done.slice(0, 2)).toEqual(['play hello.wav', 'bridge 1'])
  expect(steps[0]).toMatchObject({ type: 'record', outcome: 'on', announce: 'hello' })
})

test('§5 record: whom nobody could tell is not recorded, and the journal says so', async () => {
  const unplayable = ['hello.wav']
  expect(await recorded([announced, ring('1')], {}, { unplayable })).toEqual([])
  expect(await recorded([record, announced, ring('1')], {}, { unplayable })).toEqual([])
  const { steps } = await walkPlan(plan([announced, play]), { unplayable })
  expect(steps[0]).toMatchObject({
    outcome: 'failed',
    warnings: ['hello.wav could not be played, so nothing is recorded'],
  })
})

test('§5 record: a caller who hangs up in the announcement is not rung for', async () => {
  const { done, end } = await walkPlan(plan([announced, ring('1')]), { hangUpBefore: 0 })
  expect([done, end.ending]).toEqual([[], 'gone'])
})
