/** What is kept of what happened, and for whom. */
import { describe, expect, test } from 'vitest'
import { createEntries, type View } from '../../src/live/entries.ts'

const all: View = { key: 'all' }
const fill = (count: number, bounds = { mostEntries: 16, mostCharacters: 10_000 }) => {
  const entries = createEntries(bounds)
  for (let n = 1; n <= count; n++) entries.add('call', `call-${n}`, n % 2 === 0 ? 'even' : 'odd', { n })
  return entries
}
const most = (characters: number) => ({ end: Infinity, most: characters })
const numbers = (text: string) => [...text.matchAll(/data: \{"n":(\d+)\}/g)].map(([, n]) => Number(n))

describe('api /stream, what is kept', () => {
  test('an entry is an event with an id, and its data on one line', () => {
    const entries = createEntries()
    entries.add('call', 'c', 'acme', { name: 'a\n\nb\r"\u2028' })
    const id = entries.idAt(1)
    expect(id).toMatch(/^[0-9a-f]{12}-1$/)
    expect(entries.text(all, 0, most(1000)).text).toBe(
      `id: ${id}\nevent: call\ndata: {"name":"a\\n\\nb\\r\\"\u2028"}\n\n`,
    )
  })

  test('what is behind an id follows it, up to the bounds', () => {
    const entries = fill(10)
    expect(entries.end).toBe(10)
    expect(numbers(entries.text(all, entries.positionOf(entries.idAt(7))!, most(1000)).text)).toEqual([
      8, 9, 10,
    ])
    expect(entries.positionOf(entries.idAt(10))).toBe(10)
    expect(entries.text(all, 10, most(1000))).toEqual({ text: '', position: 10 })
    for (const id of [entries.idAt(11), createEntries().idAt(3), '', '-1', `${entries.idAt(3)}x`])
      expect(entries.positionOf(id)).toBeUndefined()
  })

  test('the oldest entries go where there are too many, or too long ones', () => {
    const many = fill(40)
    expect(many.positionOf(many.idAt(40))).toBe(40)
    expect(many.positionOf(many.idAt(20))).toBeUndefined()
    expect(many.behind(20)).toBeUndefined()
    const kept = numbers(many.text(all, many.positionOf(many.idAt(30))!, most(10_000)).text)
    expect(kept).toEqual([31, 32, 33, 34, 35, 36, 37, 38, 39, 40])
    const long = fill(40, { mostEntries: 1000, mostCharacters: 500 })
    expect(long.positionOf(long.idAt(20))).toBeUndefined()
    expect(numbers(long.text(all, 38, most(10_000)).text)).toEqual([39, 40])
  })

  test('how far a place is behind, in characters', () => {
    const entries = fill(10)
    const { text } = entries.text(all, 4, most(10_000))
    expect(entries.behind(4)).toBe(text.length)
    expect(entries.behind(10)).toBe(0)
  })

  test('a text is cut between events, and goes on where it was cut', () => {
    const entries = fill(10)
    const one = entries.text(all, 0, most(1))
    expect(numbers(one.text)).toEqual([1])
    expect(numbers(entries.text(all, one.position, most(10_000)).text)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('a view shows what it may, and is moved past the rest', () => {
    const entries = fill(5)
    const even: View = { key: 'even', shows: (document) => document === 'even' }
    const { text, position } = entries.text(even, 0, most(10_000))
    expect(numbers(text)).toEqual([2, 4])
    expect(position).toBe(5)
    expect(text).toContain(`id: ${entries.idAt(4)}\n`)
  })
})
