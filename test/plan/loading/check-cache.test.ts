/** The check of a large document is not made again, and its result counts for nothing else. */
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Checker } from '../../../src/plan/loading/check-document.ts'
import { openStore, type StoreOptions } from '../../../src/plan/store.ts'
import type { GrantEntries } from '../../../src/plan/grants.ts'
import { loadSet, type LoadOptions } from '../../../src/plan/loading/load-set.ts'
import { openCheckCache } from '../../../src/plan/loading/check-cache.ts'
import { documentOn, setOf, temporaryFolder, writeSet } from '../fixtures.ts'

/** With so many plans besides that it has more than 64 KiB; nothing leads to them, which is warned of. */
function large<T extends { readonly plans: object }>(document: T) {
  const fill = Array.from({ length: 40 }, (_, i) => [
    `fill-${i}`,
    { description: 'x'.repeat(2000), steps: [] },
  ])
  return { ...document, plans: { ...document.plans, ...(Object.fromEntries(fill) as object) } }
}

const bad = large({ plans: { main: { numbers: ['abc'], steps: [{ type: 'hang up' }] } } })
const PATH = 'large.json'

/** Readings of a set, one after the other, with the documents that each judged. */
async function readings(files: Readonly<Record<string, unknown>>) {
  const path = await setOf(files)
  const folder = join(await temporaryFolder(), 'data', 'verdicts')
  return {
    path,
    folder,
    async read(options: LoadOptions = { defaultCountry: 'NL' }, run = 'run-1', nowMs = Date.now()) {
      const judged: string[] = []
      const { envIsSet: _, previous: _previous, ...about } = options
      const cache = openCheckCache(folder, run, about)
      const counting = ({ check, restore }: Checker): Checker => ({
        check: (name, ...rest) => (judged.push(name), check(name, ...rest)),
        restore: (name, ...rest) => (judged.push(`last ${name}`), restore(name, ...rest)),
      })
      const set = await loadSet(path, {
        ...options,
        cache: { over: (checker) => cache.over(counting(checker)) },
      })
      cache.prune(nowMs)
      return { ...set, judged }
    },
  }
}

const nothing = { numbers: [], domains: [], env: [], transferContexts: [], privateNetworks: [] }

/** What the document `large` and all others may claim. */
function grantsOf(numbers: string[]): GrantEntries {
  const others = { ...nothing, numbers: ['*', '1', '+3150*'] }
  return { transferContexts: [], env: {}, owners: { large: { ...nothing, numbers }, '*': others } }
}

const findings = (set: { errors: readonly { message: string }[] }) => set.errors.map(({ message }) => message)

describe('a large document', () => {
  test('is judged once as long as it is the same; small ones each time', async () => {
    const document = large({ ...documentOn('0502100000', '215', '+3150211*'), domain: 'acme.example' })
    const { path, read } = await readings({ [PATH]: document })
    await writeSet(path, { 'small.json': documentOn('+31502100001') })
    const first = await read()
    expect(first.judged).toEqual(['large', 'small'])
    const second = await read()
    expect(second.judged).toEqual(['small'])
    expect(second.warnings.length).toBe(40)
    const plain = ({ documents, judged: _, ...set }: typeof first) => ({
      ...set,
      documents: documents.map(({ locator: _, ...document }) => document),
    })
    expect(plain(second)).toEqual(plain(first))

    await writeSet(path, { [PATH]: { ...document, version: 1 } })
    expect((await read()).judged).toEqual(['large', 'small'])
  })

  test('with errors stays refused, with the same findings', async () => {
    const { read } = await readings({
      [PATH]: JSON.stringify(bad, null, 2),
      'broken.json': `{"${'x'.repeat(70_000)}`,
    })
    const first = await read()
    expect(first.errors).toHaveLength(3)
    const second = await read()
    expect(second.errors).toEqual(first.errors)
    expect([second.judged, second.documents]).toEqual([[], []])
  })

  test('with a number of another one: both places are found', async () => {
    const { path, read } = await readings({
      [PATH]: JSON.stringify(large(documentOn('+31502100000')), null, 2),
    })
    await read()
    await writeSet(path, { 'another.json': documentOn('0502100000') })
    const { errors, judged } = await read()
    expect(judged).toEqual(['another'])
    expect(errors).toMatchObject([{ document: 'large', line: 5, column: 9 }])
  })
})

describe('another result counts for nothing', () => {
  test('a number that was taken from it', async () => {
    const { read } = await readings({ [PATH]: large(documentOn('+31502100000')) })
    const granted = { defaultCountry: 'NL', grants: grantsOf(['+31502100000']) } as const
    expect(await read(granted)).toMatchObject({ errors: [], judged: ['large'] })
    expect(await read(granted)).toMatchObject({ errors: [], judged: [] })
    const taken = await read({ ...granted, grants: grantsOf(['+31502100001']) })
    expect(taken.judged).toEqual(['large'])
    expect(findings(taken)).toEqual([expect.stringContaining('is not granted to this document')])
    // And back: what was found good under these grants still is.
    expect(await read(granted)).toMatchObject({ errors: [], judged: [] })
  })

  test('the country, and limits', async () => {
    const { read } = await readings({ [PATH]: large(documentOn('0502100000')) })
    const values = async (options: LoadOptions) => (await read(options)).documents[0]!.uses[0]!.pattern.value
    expect(await values({ defaultCountry: 'NL' })).toBe('+31502100000')
    expect(await values({ defaultCountry: 'GB' })).toBe('0502100000')
    expect(await values({})).toBe('0502100000')
    expect((await read({ defaultCountry: 'NL', maxTimeoutSeconds: 8 })).judged).toEqual(['large'])
    expect((await read({ defaultCountry: 'NL', maxTimeoutSeconds: 9 })).judged).toEqual(['large'])
  })

  test('that of another run, or of another document with the same text', async () => {
    const { path, folder, read } = await readings({ [PATH]: large(documentOn('+31502100000')) })
    await read()
    expect((await read(undefined, 'run-2')).judged).toEqual(['large'])
    await writeSet(path, { 'other.json': large(documentOn('+31502100000')) })
    const both = await read()
    expect(both.judged).toEqual(['other'])
    expect(both.errors).toHaveLength(1)
    const own = (await readdir(folder)).filter((file) => file.startsWith('run-1'))
    expect(own).toHaveLength(2)
    // Exchanged.
    const [a, b] = await Promise.all(own.map((file) => readFile(join(folder, file))))
    await Promise.all([writeFile(join(folder, own[0]!), b!), writeFile(join(folder, own[1]!), a!)])
    expect((await read()).judged.sort()).toEqual(['large', 'other'])
  })

  test.each<[string, (content: Buffer) => Buffer | string]>([
    ['torn', (content) => content.subarray(0, content.length - 1)],
    ['empty', () => ''],
    ['changed', (content) => content.toString().replace('+31502100000', '+31502100001')],
    ['something else', () => '{}'],
  ])('a file that is %s', async (_, damaged) => {
    const { folder, read } = await readings({ [PATH]: large(documentOn('+31502100000')) })
    const first = await read()
    const [file] = await readdir(folder)
    await writeFile(join(folder, file!), damaged(await readFile(join(folder, file!))))
    expect(await read()).toMatchObject({ judged: ['large'], revision: first.revision })
    expect((await read()).judged).toEqual([])
  })

  test('where they cannot be kept', async () => {
    const { folder, read } = await readings({ [PATH]: large(documentOn('1')) })
    await writeFile(join(folder, '../..', 'data'), '')
    for (let i = 0; i < 2; i++) expect(await read()).toMatchObject({ judged: ['large'], errors: [] })
  })
})

describe('the last good form of a large document', () => {
  const good = large(documentOn('+31502100000'))

  test('is prepared once, and not where its number was given to somebody else', async () => {
    const { read } = await readings({ [PATH]: bad, 'b.json': documentOn('1') })
    const previous = () => Promise.resolve(new Map<string, unknown>([['large', structuredClone(good)]]))
    const options = (numbers: string[]): LoadOptions => ({
      defaultCountry: 'NL',
      previous,
      grants: grantsOf(numbers),
    })
    const first = await read(options(['+31502100000']))
    expect(first.judged).toEqual(['b', 'large', 'last large'])
    const second = await read(options(['+31502100000']))
    expect(second).toMatchObject({ judged: ['b'], revision: first.revision, warnings: first.warnings })
    expect(second.documents.map(({ name, served }) => [name, served.text])).toEqual(
      first.documents.map(({ name, served }) => [name, served.text]),
    )
    const taken = await read(options([]))
    expect(taken.judged).toEqual(['b', 'large', 'last large'])
    expect(taken.documents.map(({ name }) => name)).toEqual(['b'])
  })

  test('is not judged again where it was found good in this run, however often it is bad after that', async () => {
    const { path, read } = await readings({ [PATH]: { ...good, 'x-é"': 1 } })
    let served: [string, unknown][] = []
    const options: LoadOptions = { defaultCountry: 'NL', previous: () => Promise.resolve(new Map(served)) }
    const first = await read(options)
    for (const description of ['one', 'other']) {
      served = JSON.parse(first.content.toString()) as typeof served
      await writeSet(path, { [PATH]: { ...bad, description } })
      const kept = await read(options)
      expect(kept).toMatchObject({ judged: ['large'], revision: first.revision, heldBack: ['large'] })
      expect(kept.documents.map(({ served }) => served.text)).toEqual(
        first.documents.map(({ served }) => served.text),
      )
      expect(kept.warnings.every(({ message }) => message.includes('last good form'))).toBe(true)
      expect((await read(options)).judged).toEqual([])
    }
  })
})

test('what is not asked for any more is removed; that of another run after a day', async () => {
  const { path, folder, read } = await readings({ [PATH]: large(documentOn('1')) })
  await read()
  await read(undefined, 'run-2')
  await writeSet(path, { [PATH]: documentOn('1') })
  await read()
  const left = await readdir(folder)
  expect(left).toEqual([expect.stringMatching(/^run-2-/)])
  const nowMs = Date.now() + 25 * 3600 * 1000
  await writeSet(path, { [PATH]: large(documentOn('1')) })
  await read(undefined, 'run-2', nowMs)
  expect(await readdir(folder)).toEqual(left)
  await read(undefined, 'run-3', nowMs)
  expect(await readdir(folder)).toHaveLength(2)
  await utimes(join(folder, left[0]!), new Date(0), new Date(0))
  await read(undefined, 'run-3', nowMs)
  expect(await readdir(folder)).toEqual([expect.stringMatching(/^run-3-/)])
})

test('a store keeps them from its first reload on, for nobody else to read', async () => {
  const path = await setOf({ [PATH]: large(documentOn('+31502100000')), 'small.json': documentOn('1') })
  const data = join(await temporaryFolder(), 'data')
  const folder = join(data, 'verdicts')
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const open = (options: Partial<StoreOptions> = {}) =>
    openStore({ path, data, log, defaultCountry: 'NL', ...options })
  const store = await open()
  await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  await store.reload()
  const [file] = await readdir(folder)
  const { mode, mtimeMs, ctimeMs } = await stat(join(folder, file!))
  expect([mode & 0o777, (await stat(folder)).mode & 0o777]).toEqual([0o600, 0o700])
  await writeSet(path, { 'small.json': documentOn('2') })
  await store.reload()
  expect(store.current().find('0502100000')).toMatchObject({ document: 'large' })
  expect(store.current().find('2')).toMatchObject({ document: 'small' })
  expect(store.current().compiled('large')!.document.plans['main']).toMatchObject({ numbers: [] })
  expect(await readdir(folder)).toEqual([file])
  expect(await stat(join(folder, file!))).not.toMatchObject({ mtimeMs, ctimeMs })
  await writeSet(path, { [PATH]: bad })
  for (let i = 0; i < 2; i++) await expect(store.reload()).rejects.toMatchObject({ code: 'plans' })
  expect(store.current().find('0502100000')).toMatchObject({ document: 'large' })
})
