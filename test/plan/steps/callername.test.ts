import { describe, expect, test } from 'vitest'
import { nameIn } from '../../../src/plan/address-book.ts'
import { compile } from '../../../src/plan/compile.ts'
import type { PlanDocument } from '../../../src/plan/document.ts'
import { createChecker } from '../../../src/plan/loading/check-document.ts'
import { plan, ring, walkCompiled, walkPlan } from '../walking.ts'

test.each([
  ['prepend', 'Jane Doe', 'Sales: Jane Doe'],
  ['prepend', '', 'Sales: +31612345678'],
  ['replace', 'Jane Doe', 'Sales:'],
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

test.each([
  ['Jane Doe', '+31612345678', 'Jane Doe (ACME)'],
  ['', '+31612345678', '+31612345678 (ACME)'],
  ['', '', '(ACME)'],
])('§5 callername append behind "%s" of "%s" shows "%s"', async (name, number, shown) => {
  const steps = [{ type: 'callername', mode: 'append', text: ' (ACME)' }, ring('1')]
  const { bridges } = await walkPlan(plan(steps), { caller: { name, number } })
  expect(bridges[0]?.shown.name).toBe(shown)
})

test.each([
  ['+31612345678', 'Jane'],
  ['+31502100001', 'ACME sales'],
  ['+31502200001', 'ACME'],
  ['+31201234567', undefined],
  ['215', 'Desk'],
  ['2150', undefined],
  ['', undefined],
  ['constructor', undefined],
])('§5 callername book: of %j the name is %j', async (number, name) => {
  const written = {
    ...plan([{ type: 'callername', mode: 'book' }, ring('1')]),
    addressBook: { '+31612345678': 'Jane', '+3150*': 'ACME', '+3150210*': 'ACME sales', '215': 'Desk' },
  }
  const { bridges, steps } = await walkPlan(written, { caller: { number, name: 'as delivered' } })
  expect(bridges[0]?.shown.name).toBe(name ?? 'as delivered')
  expect(steps[0]?.outcome).toBe(name === undefined ? 'kept' : 'set')
})

test.each([
  ['prepend', '{var.tier}'],
  ['append', ' {var.tier} '],
  ['replace', '{var.tier} '],
])('§5 callername %s of "%s", which comes to nothing, leaves the name alone', async (mode, text) => {
  const walked = await walkPlan(plan([{ type: 'callername', mode, text }, ring('1')]), {
    caller: { name: '' },
  })
  expect(walked.steps[0]?.outcome).toBe('kept')
  expect(walked.bridges[0]?.shown).toMatchObject({ name: '', nameSet: false })
})

test('§7 callername: the result is cleaned as names are wherever they come from', async () => {
  const steps = [{ type: 'callername', mode: 'prepend', text: '{var.tier} \u202e ' }, ring('1')]
  const { bridges } = await walkPlan(plan(steps))
  expect(bridges[0]?.shown.name).toBe('Jane Doe')
})

describe('§1 the address book', () => {
  const served = (addressBook: object) => {
    const document = {
      addressBook,
      plans: { main: { numbers: ['1'], steps: [{ type: 'callername', mode: 'book' }, ring('1')] } },
    }
    const checker = createChecker({ defaultCountry: 'NL' })
    const checked = checker.check('acme', 'acme.json', Buffer.from(JSON.stringify(document)))
    expect(checked.errors).toEqual([])
    return JSON.parse(checked.served!.text) as PlanDocument
  }

  test('has its numbers read as those of "numbers" are', async () => {
    const document = served({ '06 1234 5678': 'Jane', '0031-(20) 123 4567': 'Amsterdam' })
    expect(document.addressBook).toEqual({ '+31612345678': 'Jane', '+31201234567': 'Amsterdam' })
    const { bridges } = await walkCompiled(compile('acme', document))
    expect(bridges[0]?.shown.name).toBe('Jane')
  })

  test('costs a call nothing for its size', () => {
    const cost = (entries: number) => {
      const numbers = Array.from({ length: entries }, (_, i) => `+3161${String(i).padStart(7, '0')}`)
      const { addressBook } = served(Object.fromEntries(numbers.map((number) => [number, 'Jane'] as const)))
      const began = process.threadCpuUsage()
      for (let i = 0; i < 20_000; i++) nameIn(addressBook!, '+31699999999')
      const { user, system } = process.threadCpuUsage(began)
      return user + system
    }
    cost(10)
    const least = (entries: number) => Math.min(cost(entries), cost(entries), cost(entries))
    expect(least(10_000)).toBeLessThan(5 * least(10) + 20_000)
  })
})
