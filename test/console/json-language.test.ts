/** What the editor knows of JSON: its tree, what is indented how, and which brackets belong together. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  getIndentation,
  IndentContext,
  matchBrackets,
  syntaxTree,
} from '../../src/console/views/change/json-language.ts'
import { type JsonNode, jsonTree } from '../../src/console/views/change/json-tree.ts'
import { at } from './marked-text.ts'

/** The value that a node says, by its parts alone. */
function valueOf(text: string, node: JsonNode): unknown {
  const values = node.children.filter(({ name }) => /^(Object|Array|String|Word)$/.test(name))
  if (node.name === 'Array') return values.map((value) => valueOf(text, value))
  if (node.name !== 'Object') return JSON.parse(text.slice(node.from, node.to))
  return Object.fromEntries(
    node.children
      .filter(({ name }) => name === 'Property')
      .map(({ children }) => [
        JSON.parse(text.slice(children[0]!.from, children[0]!.to)),
        valueOf(text, children[2]!),
      ]),
  )
}

test('the tree of any JSON says what the JSON says', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent)
      expect(valueOf(text, jsonTree(text).firstChild!)).toEqual(JSON.parse(text))
    }),
  )
})

test('whatever the text, parts lie in what they are part of, in order', () => {
  const lies = (node: JsonNode) => {
    let at = node.from
    for (const child of node.children) {
      expect(child.from).toBeGreaterThanOrEqual(at)
      expect(child.to).toBeLessThanOrEqual(node.to)
      at = child.to
      lies(child)
    }
  }
  const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"', '1', 'true', ' ', '\n', '\\')
  fc.assert(fc.property(fc.array(pieces, { maxLength: 30 }), (all) => lies(jsonTree(all.join('')))))
})

test('a text that is deeper than the stack is read, too', () => {
  const text = '['.repeat(100_000)
  expect(jsonTree(text).resolveInner(99_999, 1).from).toBe(99_999)
})

test.each([
  ['{|', 2],
  ['{\n  "a": [|', 4],
  ['{\n  "a": [\n    1,|', 4],
  ['{\n  "a": [\n    1|]', 2],
  ['{\n  "a": [{"b": 1}],|', 2],
  ['{"a": "{["}|', 0],
])('a line that is begun in %j is indented by %i', (marked, columns) => {
  const { state, position } = at(marked)
  expect(getIndentation(new IndentContext(state, {}), position)).toBe(columns)
})

test.each([
  ['{|}', 1, 0, 1],
  ['{"a": [1, "]"]|}', -1, 13, 6],
  ['{"a": |[1, "]"]}', 1, 6, 13],
])('%j: the bracket that belongs to it', (marked, direction, start, end) => {
  const { state, position } = at(marked.replace('{|', '|{'))
  expect(matchBrackets(state, position, direction as 1 | -1)).toMatchObject({
    start: { from: start },
    end: { from: end },
    matched: true,
  })
})

test('a bracket that is not closed, or stands in a string, has none', () => {
  const open = at('{"a": |[1}')
  expect(matchBrackets(open.state, open.position, 1)).toMatchObject({ matched: false })
  const string = at('{"a": "|["}')
  expect(matchBrackets(string.state, string.position, 1)).toBeNull()
})

test('a tree is read once for each state of the text', () => {
  const { state } = at('{"a": |1}')
  const moved = state.update({ selection: { anchor: 0 } }).state
  expect(syntaxTree(moved)).toBe(syntaxTree(state))
  const changed = state.update({ changes: { from: 6, to: 7, insert: '[2]' } }).state
  expect(syntaxTree(changed).resolveInner(7, 1).parent!.name).toBe('Array')
})
