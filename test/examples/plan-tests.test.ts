/** The command that CONTRIBUTING.md gives, run as it is. */
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isTestFile } from '../../src/plan/index.ts'
import { expectSchema } from '../../src/trial/cases/expectation.ts'
import { belplan } from '../cli/belplan.ts'

const cwd = fileURLToPath(new URL('../../', import.meta.url))
const files = readdirSync(`${cwd}examples/plans`)
const documents = files.filter((file) => !isTestFile(file)).map((file) => file.replace(/\.json$/, ''))

test('plan-tests the endings that the page lists are those that the schema takes', async () => {
  const page = await readFile(`${cwd}docs/plan-tests.md`, 'utf8')
  const [, listed = ''] = /^\| `ends` \| the ending: (.*) \|$/m.exec(page) ?? []
  const taken = (expectSchema['properties'] as { ends: { enum: readonly string[] } }).ends.enum
  expect(listed.split(', ').map((ending) => ending.replaceAll('`', ''))).toEqual(taken)
})

describe('plan-tests the example plans', () => {
  test.each([
    ['as npm start serves them', ['--config', 'examples/belplan.json']],
    ['wherever everything may be rung', []],
  ])('%s: at least 60 cases, every step and branch walked, in less than 5 s', async (_, config) => {
    const began = performance.now()
    const { code, out, err } = await belplan(['test', 'examples/plans', '--coverage', '100', ...config], {
      cwd,
    })
    expect({ code, err, took: performance.now() - began }).toEqual({
      code: 0,
      err: '',
      took: expect.toSatisfy((ms: number) => ms < 5000) as number,
    })
    expect(Number(/^Cases {2}(\d+) passed$/m.exec(out)?.[1])).toBeGreaterThanOrEqual(60)
    expect(out).toContain('Walked 100.0 % of steps and branches')
    for (const document of documents) expect(out).toContain(`✓ examples/plans/${document}.test.json`)
  })
})
