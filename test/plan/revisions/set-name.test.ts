import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSetName } from '../../../src/plan/revisions/index.ts'
import { createFormReader } from '../../../src/plan/loading/document-form.ts'

const reader = createFormReader({})

/** As docs/decisions/0043-a-set-that-changes-by-documents.md has it. */
function plainly(documents: ReadonlyMap<string, string>): string {
  const lines = [...documents].sort(([a], [b]) => (a < b ? -1 : 1)).map((line) => `${line.join('\t')}\n`)
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 12)
}

test('several-machines the name of a set is the hash of a line for each document, however it came about', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.stringMatching(/^[a-c]\/?[a-z]{1,3}$/), fc.option(fc.stringMatching(/^[0-9a-f]{4}$/))), { maxLength: 3000, size: 'max' })
  fc.assert(
    fc.property(changes, (all) => {
      const sets = [{ name: createSetName(), documents: new Map<string, string>() }]
      for (const [i, [nth, document, hash]] of all.entries()) {
        const { name, documents } = sets[nth % sets.length]!
        if (hash === null) {
          name.delete(document)
          documents.delete(document)
        } else {
          name.set(document, hash)
          documents.set(document, hash)
        }
        if (i % 500 === 0) sets.push({ name: name.fork(), documents: new Map(documents) })
        // What was computed before may not stay.
        if (i % 100 === 0) expect(name.revision()).toBe(plainly(documents))
      }
      for (const { name, documents } of sets) expect(name.revision()).toBe(plainly(documents))
    }),
    { seed: 1, numRuns: 20 },
  )
}) // prettier-ignore

test('several-machines a document is known by what it says, not by its layout or $schema', () => {
  const text =
    '{ "version": 1, "plans": { "b": { "numbers": [], "steps": [] }, "a": { "numbers": ["1"], "steps": [] } } }'
  const other =
    '{"$schema":"x","plans":{"a":{"steps":[],"numbers":["1"]},"b":{"steps":[],"numbers":[]}},"version":1}'
  const hash = createHash('sha256')
    .update('{"plans":{"a":{"numbers":["1"],"steps":[]},"b":{"numbers":[],"steps":[]}},"version":1}')
    .digest('hex')
  expect([reader.read('one', text).hash, reader.read('other', other).hash]).toEqual([hash, hash])
  expect(reader.read('one', text.replace('"1"', '"2"')).hash).not.toBe(hash)
  // Of a later release, perhaps.
  const unreadable = text.replace('"version": 1', '"version": 2')
  expect(reader.read('one', unreadable)).toMatchObject({ serves: undefined })
  expect(reader.read('one', unreadable).hash).not.toBe(hash)
})
