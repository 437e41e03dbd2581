import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.ts'
import { lintOptions } from '../../src/config/plan-options.ts'
import { createChecker } from '../../src/plan/loading/check-document.ts'
import { isTestFile } from '../../src/plan/loading/folder.ts'
import { loadSet } from '../../src/plan/loading/load-set.ts'

const root = new URL('../../', import.meta.url)
const text = (path: string) => readFileSync(new URL(path, root), 'utf8')
const names = readdirSync(new URL('examples/plans', root))
  .filter((file) => !isTestFile(file))
  .map((file) => file.replace(/\.json$/, ''))

const config = await loadConfig({ file: 'examples/belplan.json', env: {}, cwd: fileURLToPath(root) })
const set = await loadSet(config.plans, lintOptions(config, {}))

test('§6 the example set has no errors, and no warnings but of plain http', () => {
  expect(set.errors).toEqual([])
  expect(set.warnings.filter(({ message }) => !message.startsWith('plain http'))).toEqual([])
})

/** Blocks of one language in a page of the documentation. */
const blocks = (page: string, language: string) =>
  [...text(page).matchAll(/^```(\S*)\n(.*?)^```/gms)]
    .filter((found) => found[1] === language)
    .map((found) => found[2]!)

interface Written {
  readonly description?: string
  readonly audio?: Readonly<Record<string, string>>
  readonly plans: Readonly<Record<string, { readonly numbers?: readonly string[] }>>
}

describe.each(names)('examples/plans/%s', (name) => {
  const document = JSON.parse(text(`examples/plans/${name}.json`)) as Written

  test('says in a sentence what it is for', () => {
    expect(document.description).toMatch(/\S+ .*\.$/)
  })

  test('plays prompts that lie in freeswitch/sounds', () => {
    const missing = Object.values(document.audio ?? {}).filter(
      (path) => !existsSync(new URL(`freeswitch/sounds/${path}`, root)),
    )
    expect(missing).toEqual([])
  })

  test('is shown whole on its page of the documentation', () => {
    expect(blocks(`docs/applications/${name}.md`, 'json')[0]).toBe(text(`examples/plans/${name}.json`))
  })

  test('is listed among the applications', () => {
    expect(text('docs/applications/README.md')).toContain(`](${name}.md)`)
  })

  test('has a call to try on its page for each plan with a number', () => {
    const tried = [...text(`docs/applications/${name}.md`).matchAll(/call --did (\S+)/g)].map(([, did]) =>
      did!.replace(/^0/, '+31'),
    )
    for (const { numbers } of Object.values(document.plans).filter(({ numbers = [] }) => numbers.length > 0))
      expect(tried.some((did) => numbers!.some((entry) => did.startsWith(entry.replace(/\*$/, ''))))).toBe(
        true,
      )
  })
})

describe('§1 plans shown elsewhere', () => {
  test.each(['README.md', 'docs/install.md'])('%s shows plans that validate', (page) => {
    const plans = blocks(page, 'json').filter((block) => block.includes('"version"'))
    expect(plans.length).toBeGreaterThan(0)
    for (const plan of plans)
      expect(createChecker(lintOptions(config, {})).check('shown', page, Buffer.from(plan)).errors).toEqual(
        [],
      )
  })

  test('the one in the README has at most 20 lines', () => {
    expect(blocks('README.md', 'json')[0]!.split('\n').length).toBeLessThanOrEqual(20)
  })
})
