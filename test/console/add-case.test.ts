/** A call that was tried, as a case in the file of tests. */
import { expect, test } from 'vitest'
import { lineDiff } from '../../src/console/line-diff.ts'
import { addCase, casesIn, freeName } from '../../src/console/views/try/add-case.ts'
import { queryOf, scriptIn } from '../../src/console/views/try/script-address.ts'

const added = { name: 'mine', call: { did: '215' }, expect: { ends: 'talked' } }

test('the first case makes the file', () => {
  const text = addCase(undefined, added)!
  expect(JSON.parse(text)).toEqual({ version: 1, cases: [added] })
  expect(casesIn(text)).toEqual(['mine'])
})

test('others stay as they are written, blanks and all', () => {
  const text = '{\n  "version": 1,\n  "cases": [\n    { "name":   "theirs",\n      "call": {} }\n  ]\n}\n'
  const changed = addCase(text, added)!
  expect(changed.startsWith(text.slice(0, text.indexOf('\n  ]')))).toBe(true)
  expect(casesIn(changed)).toEqual(['theirs', 'mine'])
  expect(lineDiff(text, changed).filter(({ kind }) => kind === 'removed')).toHaveLength(1)
})

test.each([
  ['an empty list', '{"cases": []}'],
  ['a list that is not the last', '{"cases": [{"name": "a"}], "version": 1}'],
  ['a list in the last case', '{"cases": [{"name": "a", "expect": {"rings": ["215"]}}]}'],
  ['a text that looks like the end', '{"version": 1, "cases": [{"name": "]}"}]}'],
])('%s', (_, text) => {
  const { cases, ...rest } = JSON.parse(text) as { cases: unknown[] }
  expect(JSON.parse(addCase(text, added)!)).toEqual({ ...rest, cases: [...cases, added] })
})

test.each(['', '{', '[]', 'null', '{"cases": {}}'])('%s is no file of tests', (text) => {
  expect(addCase(text, added)).toBeUndefined()
})

test('a name that is taken gets a number', () => {
  expect(freeName('mine', ['mine', 'mine (2)'])).toBe('mine (3)')
})

test('a script comes back from the address as it was; what is none is an empty one', () => {
  const script = {
    call: { did: '+31502100000', callername: '<b>&"\u202E' },
    given: { destinations: { 215: 'busy' as const } },
  }
  expect(scriptIn(new URLSearchParams(new URLSearchParams(queryOf(script)).toString()))).toEqual(script)
  const empty = { call: { did: '215' }, given: {} }
  expect(queryOf(empty)).toEqual({ did: '215' })
  for (const text of ['{', '[]', 'null', '{"call": 1, "given": [2]}'])
    expect(scriptIn(new URLSearchParams({ did: '215', script: text }))).toEqual(empty)
})
