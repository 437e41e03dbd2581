/** What docs/architecture.md says of imports beyond what ESLint sees: no file of src/ needs itself to be loaded. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** What a file loads; `import type` is gone by then, `import { type … }` is not (`verbatimModuleSyntax`). */
function loadedBy(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const imports = text.matchAll(/^(?:import|export) (?!type\b)(?:[^'\n]|\n(?!import|export))*?'(\.[^']+)'/gm)
  return [...imports].map(([, path]) => normalize(join(dirname(file), path!)))
}

/** The first way round from `file` back to a file on the way; undefined: there is none. */
function circleFrom(
  file: string,
  graph: ReadonlyMap<string, readonly string[]>,
  done: Set<string>,
  way: readonly string[] = [],
): readonly string[] | undefined {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
  if (done.has(file)) return undefined
  for (const next of graph.get(file) ?? []) {
    const circle = circleFrom(next, graph, done, [...way, file])
    if (circle) return circle
  }
  done.add(file)
  return undefined
}

test('no file of src/ is in a circle of imports', () => {
  const files = globSync('src/**/*.{ts,tsx}', { cwd: root })
  const graph = new Map(files.map((file) => [file, loadedBy(file)]))
  expect(files.length).toBeGreaterThan(100)
  expect([...graph.values()].flat().filter((path) => !graph.has(path))).toEqual([])
  const done = new Set<string>()
  expect(files.map((file) => circleFrom(file, graph, done)).find(Boolean)).toBeUndefined()
})

test('a circle would be found', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b']],
  ])
  expect(circleFrom('a', graph, new Set())).toEqual(['b', 'c', 'b'])
})
