import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createForkableMap } from '../../src/util/forkable-map.ts'
import { createForkableSortedMap } from '../../src/util/forkable-sorted-map.ts'

/** What both kinds can do. */
interface Forkable {
  readonly size: number
  get(key: string): number | undefined
  set(key: string, value: number): void
  delete(key: string): void
  fork(): this
}

/** So many that they lie on several levels, and in several pieces. */
const MOST_KEY = 1200

/** A change of one of the maps that there are by then, or a fork of it. */
const changes = fc.array(
  fc.record({
    map: fc.nat(),
    does: fc.oneof(
      { weight: 6, arbitrary: fc.constant('set' as const) },
      { weight: 4, arbitrary: fc.constant('delete' as const) },
      { weight: 1, arbitrary: fc.constant('fork' as const) },
    ),
    key: fc.nat({ max: MOST_KEY }).map(String),
    value: fc.nat(),
  }),
  { maxLength: 2000, size: 'max' },
)

const kinds = { 'a map': createForkableMap<number>, 'a sorted map': createForkableSortedMap<number> }

describe.each(Object.entries(kinds))('%s that is forked', (_, create: () => unknown) => {
  test('has what was set in it and in what it was forked from, and nothing that others have since', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const maps = [{ map: create() as Forkable, model: new Map<string, number>() }]
        for (const { map: nth, does, key, value } of all) {
          const { map, model } = maps[nth % maps.length]!
          if (does === 'fork') maps.push({ map: map.fork(), model: new Map(model) })
          else if (does === 'set') {
            map.set(key, value)
            model.set(key, value)
          } else {
            map.delete(key)
            model.delete(key)
          }
        }
        const keys = Array.from({ length: MOST_KEY + 1 }, (_, key) => String(key))
        for (const { map, model } of maps) {
          expect(map.size).toBe(model.size)
          expect(keys.filter((key) => map.get(key) !== model.get(key))).toEqual([])
        }
      }),
      { seed: 1, numRuns: 20 },
    )
  })

  test('as many entries as come and go are there, and no more', () => {
    const map = create() as Forkable
    for (let i = 0; i < 20_000; i++) map.set(`k${i}`, i)
    const before = map.fork()
    for (let i = 0; i < 20_000; i++) if (i % 100 !== 0) map.delete(`k${i}`)
    const valuesOf = (one: Forkable) => Array.from({ length: 20_000 }, (_, i) => one.get(`k${i}`))
    expect(valuesOf(map)).toEqual(Array.from({ length: 20_000 }, (_, i) => (i % 100 === 0 ? i : undefined)))
    expect(valuesOf(before)).toEqual(Array.from({ length: 20_000 }, (_, i) => i))
    expect([map.size, before.size]).toEqual([200, 20_000])
    for (let i = 0; i < 20_000; i += 100) map.delete(`k${i}`)
    expect([map.size, map.get('k0')]).toEqual([0, undefined])
    map.set('again', 1)
    expect([map.size, map.get('again')]).toEqual([1, 1])
  })
})

describe('a sorted map', () => {
  test('lists its entries by key, whatever the order in which they came', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.nat()), { maxLength: 1000, size: 'max' }), (entries) => {
        const map = createForkableSortedMap<number>()
        for (const [key, value] of entries) map.set(key, value)
        const sorted = [...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1))
        expect([...map]).toEqual(sorted)
        expect([...map.keys()]).toEqual(sorted.map(([key]) => key))
        expect([...map.values()]).toEqual(sorted.map(([, value]) => value))
        const told: [string, number][] = []
        map.forEach((value, key) => told.push([key, value]))
        expect(told).toEqual(sorted)
        expect(sorted.every(([key]) => map.has(key))).toBe(true)
      }),
      { seed: 1, numRuns: 20 },
    )
  }) // prettier-ignore

  test('a listing goes on with what there was when it began', () => {
    const map = createForkableSortedMap<number>()
    for (let i = 0; i < 3000; i++) map.set(String(i), i)
    const next = map.fork()
    const listed: string[] = []
    for (const key of map.keys()) {
      listed.push(key)
      next.delete(key)
      next.set(`${key}a`, 1)
    }
    expect(listed).toEqual(Array.from({ length: 3000 }, (_, i) => String(i)).sort())
    expect([map.size, next.size, next.get('7'), next.get('7a')]).toEqual([3000, 3000, undefined, 1])
  })

  test('pieces with nothing changed are the same ones in a fork', () => {
    const map = createForkableSortedMap<number>()
    for (let i = 0; i < 10_000; i++) map.set(String(i), i)
    const before = new Set(map.pieces())
    const next = map.fork()
    next.set('5000', -1)
    const changed = next.pieces().filter((piece) => !before.has(piece))
    expect(changed).toHaveLength(1)
    expect(changed[0]!.values).toContain(-1)
    map.set('1', -2)
    expect(map.pieces().filter((piece) => !before.has(piece))).toHaveLength(1)
    expect([...before].flatMap(({ values }) => values)).not.toContain(-2)
  })
})
