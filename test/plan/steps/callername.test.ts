import { expect, test } from 'vitest'
import { plan, ring, walkPlan } from '../walking.ts'

test.each([
  ['prepend', 'Jane Doe', 'Sales: Jane Doe'],
  ['prepend', '', 'Sales: +31612345678'],
  ['replace', 'Jane Doe', 'Sales: '],
])('§5 callername %s with name "%s" shows "%s"', async (mode, name, shown) => {
  const { bridges } = await walkPlan(plan([{ type: 'callername', mode, text: 'Sales: ' }, ring('1')]), {
    caller: { name },
  })
  expect(bridges[0]?.shown).toEqual({ presentation: 'caller', name: shown, nameSet: true })
})

test('§5 callername prepend before a withheld number shows the text alone', async () => {
  const { bridges } = await walkPlan(
    plan([{ type: 'callername', mode: 'prepend', text: 'Sales' }, ring('1')]),
    {
      caller: { name: '', number: '', withheld: true },
    },
  )
  expect(bridges[0]?.shown.name).toBe('Sales')
})

test('§5 callername: the result is cut at 64 characters, never within one', async () => {
  const { state } = await walkPlan(plan([{ type: 'callername', mode: 'prepend', text: '😀'.repeat(20) }]), {
    caller: { name: 'é'.repeat(60) },
  })
  expect(Array.from(state.name)).toHaveLength(64)
  expect(state.name.isWellFormed()).toBe(true)
})

test('§5 callername webhook takes what the nearest webhook returned, and leaves the name when none was', async () => {
  const steps = [
    {
      type: 'webhook',
      webhook: 'crm',
      success: [
        { type: 'callername', mode: 'webhook' },
        ring('1'),
        { type: 'webhook', webhook: 'mail', success: [{ type: 'callername', mode: 'webhook' }, ring('2')] },
      ],
    },
  ]
  const answers = { crm: { status: 'ACK', callername: 'ACME' }, mail: { status: 'ACK' } } as const
  const { bridges } = await walkPlan(plan(steps), { answers })
  expect(bridges.map(({ shown }) => shown.name)).toEqual(['ACME', 'ACME'])
  const nested = await walkPlan(plan(steps), {
    answers: { ...answers, mail: { status: 'ACK', callername: 'Inner' } },
  })
  expect(nested.bridges.map(({ shown }) => shown.name)).toEqual(['ACME', 'Inner'])
})
