/** What names of tests cite is there: `§3` and `configuration` are places in docs/. So are the files that documents name. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const PAGE = '(?:api|call-plans|command-line|configuration|install|operations|security|webhooks)'

/** `§3` without a page is of docs/call-plans.md. */
function citationsIn(text: string): string[] {
  const names = text.matchAll(new RegExp(`['"\`](?:(${PAGE}) )?((?:§[0-9]+ )+)`, 'g'))
  return [...names].flatMap(([, page = 'call-plans', sections]) =>
    [...sections!.matchAll(/§([0-9]+)/g)].map(([, number]) => `docs/${page}.md ## ${number}.`),
  )
}

test('every section that a test cites is in docs/', () => {
  const cited = new Set(
    globSync('test/**/*.ts', { cwd: root }).flatMap((file) =>
      citationsIn(readFileSync(join(root, file), 'utf8')),
    ),
  )
  const missing = [...cited].filter((citation) => {
    const [page, ...heading] = citation.split(' ')
    return !readFileSync(join(root, page!), 'utf8').includes(`\n${heading.join(' ')} `)
  })
  expect(cited.size).toBeGreaterThan(5)
  expect(missing).toEqual([])
})

test('a section that is not there would be found', () => {
  const [one, other] = [3, 99].map((number) => `test('§${number} §1 something', `)
  expect(citationsIn(one!)).toEqual(['docs/call-plans.md ## 3.', 'docs/call-plans.md ## 1.'])
  expect(readFileSync(join(root, 'docs/call-plans.md'), 'utf8')).not.toContain(
    `\n${citationsIn(other!)[0]!.slice(19)}`,
  )
})

/** Without those that a reader is to write. */
const filesNamedIn = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test|scripts|examples|freeswitch)\/[\w./-]+\.\w+)`/g)]
    .map(([, file]) => file!)
    .filter((file) => !/NAME|\.local\./.test(file))

test('every file that a document names is in the repository', () => {
  const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).filter(
    (file) => file !== 'CHANGELOG.md',
  )
  const named = documents.flatMap((file) => filesNamedIn(readFileSync(join(root, file), 'utf8')))
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([])
})

test('a file that is not there would be found', () => {
  expect(filesNamedIn('see `test/no/such.test.ts`, `src/plan/steps/NAME.ts` and `docs/`')).toEqual([
    'test/no/such.test.ts',
  ])
})
