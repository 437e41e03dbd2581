/** A dialled number among a million entries. */
import { createNumberIndex, dialledForms } from '../../../src/plan/numbers/index.ts'
import { number, type Table } from '../report.ts'
import { median } from '../stats.ts'

const ENTRIES = 1_000_000
const LOOK_UPS = 500_000
const ROUNDS = 5

export function lookupTable(): Table {
  const index = createNumberIndex()
  for (let i = 0; i < ENTRIES; i++) {
    const value = `+31${500_000_000 + i}`
    index.add({ kind: 'exact', value }, undefined, { document: `d${i % 5000}`, plan: 'main', entry: value })
  }
  for (const prefix of ['+315', '+3150', '20', '31'])
    index.add({ kind: 'prefix', value: prefix }, undefined, { document: 'd', plan: 'p', entry: prefix })
  // Spread over the whole, so that the processor's caches are no help that calls would not have.
  const dialled = Array.from({ length: LOOK_UPS }, (_, i) => {
    const digits = 500_000_000 + ((i * 7919) % ENTRIES)
    return [`31${digits}`, `+31${digits}`]
  })
  const perLookUp = timed(() => {
    for (const forms of dialled)
      if (index.find(forms)?.kind !== 'exact') throw new Error(`${forms[0]} not found`)
    return dialled.length
  })
  const some = dialled.slice(0, 20_000)
  const perNumber = timed(() => {
    for (const [delivered] of some) dialledForms(delivered!, 'NL')
    return some.length
  })
  return {
    title: `Look-up among ${number(ENTRIES)} numbers`,
    head: ['', 'µs'],
    rows: [
      ['the plan of a number', number(perLookUp)],
      ['its E.164 form, by libphonenumber, before that', number(perNumber)],
    ],
    figures: [
      { name: 'look-up among 1,000,000 numbers', value: perLookUp, unit: 'µs', target: { most: 2 } },
      { name: 'a dialled number to E.164', value: perNumber, unit: 'µs' },
    ],
  }
}

/** Median of some rounds, in µs for each. */
function timed(round: () => number): number {
  return median(
    Array.from({ length: ROUNDS }, () => {
      const began = performance.now()
      const count = round()
      return ((performance.now() - began) * 1000) / count
    }),
  )
}
