import { expect, test } from 'vitest'
import { Members } from '../../src/util/members.ts'

const named = (members: Members<string>) => Array.from(members, ({ member }) => member)

test('members are there in the order of coming until they are let go, and twice is once', () => {
  const members = new Members<string>()
  const places = ['a', 'b', 'a', 'c'].map((name) => members.add(name))
  expect(named(members)).toEqual(['a', 'b', 'a', 'c'])
  members.leave(places[0]!)
  members.leave(places[0]!)
  expect([members.size, ...named(members)]).toEqual([3, 'b', 'a', 'c'])
})

test('who goes or comes while all are looked at is left out or seen', () => {
  const members = new Members<number>()
  const places = [1, 2, 3].map((member) => members.add(member))
  const seen: number[] = []
  for (const { member } of members) {
    seen.push(member)
    if (member === 1) members.leave(places[1]!)
    if (member === 3) members.add(4)
  }
  expect(seen).toEqual([1, 3, 4])
})
