import { chmod, open as openFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openStore, type PlanStore, type StoreOptions } from '../../src/plan/store.ts'
import { documentOn, setOf, temporaryFolder, writeSet } from './fixtures.ts'

// Each site reads a set in a process of its own two times, behind all else that the machine does.
vi.setConfig({ testTimeout: 60_000 })

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** A set on `1`, then one on `2`; `open` opens a store on the same folders again. */
async function site(options: Partial<StoreOptions> = {}) {
  const path = await setOf({ 'a.json': documentOn('1') })
  const data = join(await temporaryFolder(), 'data')
  const open = (more: Partial<StoreOptions> = {}) =>
    openStore({ path, data, log: quiet, defaultCountry: 'NL', ...options, ...more })
  const store = await open()
  const first = store.current().revision
  await writeSet(path, { 'a.json': documentOn('2') })
  const second = (await store.reload()).revision
  return { path, data, open, store, first, second }
}

/** The `nth` file or folder that is to be on the disk for good from now on is not. */
async function failOnce(data: string, nth: number): Promise<() => void> {
  const probe = await openFile(data, 'r')
  await probe.close()
  const handles = Object.getPrototypeOf(probe) as typeof probe
  const { sync } = handles
  let count = 0
  const spy = vi.spyOn(handles, 'sync').mockImplementation(function (this: typeof probe) {
    count++
    return count === nth ? Promise.reject(new Error('the disk fails')) : sync.call(this)
  })
  onTestFinished(() => spy.mockRestore())
  return () => spy.mockRestore()
}

const serves = (store: PlanStore) => [
  ['1', '2', '3'].filter((number) => store.current().find(number).document !== undefined).join(),
  store.state(),
]

describe('api rollback', () => {
  test('an earlier revision serves again, from memory, and a reload ends it', async () => {
    const { store, first, second } = await site()
    const began = Date.now()
    expect(await store.rollback(first)).toEqual({
      revision: first,
      previous: second,
      changed: true,
      documents: 1,
      plans: 1,
      numbers: 1,
    })
    expect(serves(store)).toEqual(['1', 'rolledBack'])
    expect(store.current().since.getTime()).toBeGreaterThanOrEqual(began)
    expect(await store.reload()).toMatchObject({ revision: second, previous: first, changed: true })
    expect(serves(store)).toEqual(['2', 'current'])
  })

  test('it survives a restart, whatever is on disk, and a reload ends it for good', async () => {
    const { path, open, store, first, second } = await site()
    await store.rollback(first)
    const again = await open()
    expect(serves(again)).toEqual(['1', 'rolledBack'])
    await writeSet(path, { 'a.json': '{' })
    expect(serves(await open())).toEqual(['1', 'rolledBack'])

    await writeSet(path, { 'a.json': documentOn('2') })
    expect(await again.reload()).toMatchObject({ revision: second, previous: first })
    expect(serves(await open())).toEqual(['2', 'current'])
  })

  test('a reload that fails does not end it', async () => {
    const { path, open, store, first } = await site()
    await store.rollback(first)
    await writeSet(path, { 'a.json': '{' })
    await expect(store.reload()).rejects.toMatchObject({ code: 'plans' })
    expect(serves(store)).toEqual(['1', 'rolledBack'])
    expect(serves(await open())).toEqual(['1', 'rolledBack'])
  })

  test('to the revision that serves already: it stays, whatever is on disk', async () => {
    const { path, open, store, second } = await site()
    expect(await store.rollback(second)).toMatchObject({ revision: second, changed: false })
    await writeSet(path, { 'a.json': documentOn('3') })
    expect(serves(await open())).toEqual(['2', 'rolledBack'])
  })

  test('a reload that began before it does not take its place', async () => {
    const { path, store, first } = await site()
    await writeSet(path, { 'a.json': documentOn('3') })
    const reload = store.reload()
    await store.rollback(first)
    await expect(reload).rejects.toMatchObject({
      code: 'overtaken',
      message: expect.stringContaining('rolled back to meanwhile') as string,
    })
    expect(serves(store)).toEqual(['1', 'rolledBack'])
    await store.reload()
    expect(serves(store)).toEqual(['3', 'current'])
  })

  test('of several at once the last one counts, also after a restart', async () => {
    const { open, store, first, second } = await site()
    await Promise.all([first, second, first].map((revision) => store.rollback(revision)))
    expect(serves(store)).toEqual(['1', 'rolledBack'])
    expect(serves(await open())).toEqual(['1', 'rolledBack'])
  })

  test('to a revision that is not there, or not whole: nothing changes', async () => {
    const { data, open, first } = await site()
    const store = await open()
    expect(await store.rollback('0123456789ab')).toBeUndefined()
    const file = join(data, 'revisions', `${first}.json`)
    await writeFile(file, (await readFile(file, 'utf8')).replace('"1"', '"9"'))
    expect(await store.rollback(first)).toBeUndefined()
    expect(await store.rollback('../../etc/passwd')).toBeUndefined()
    expect(serves(store)).toEqual(['2', 'current'])
  })

  test('where the pinned revision is gone, the set on disk serves', async () => {
    const { data, open, store, first } = await site()
    await store.rollback(first)
    await rm(join(data, 'revisions', `${first}.json`))
    expect(serves(await open())).toEqual(['2', 'current'])
  })

  test('what its documents claim must be theirs still, also at a start', async () => {
    const { open, store, first } = await site()
    const number = { domains: ['*'], env: [], transferContexts: [], privateNetworks: [] }
    const owners = { a: { ...number, numbers: ['2'] }, b: { ...number, numbers: ['1'] } }
    const grants = { transferContexts: [], env: {}, owners }
    const other = await open({ grants })
    await expect(other.rollback(first)).rejects.toMatchObject({
      code: 'notGranted',
      message: expect.stringContaining(
        `${first} cannot serve any more: what is in a is not granted`,
      ) as string,
    })
    // A call that began with it goes on, and its numbers are asked for when they are used.
    await other.byRevision(first)
    await expect(other.rollback(first)).rejects.toMatchObject({ code: 'notGranted' })
    expect(serves(other)).toEqual(['2', 'current'])
    await store.rollback(first)
    expect(serves(await open({ grants }))).toEqual(['2', 'current'])
  })

  test('a pinned revision is kept, however long nothing else was served', async () => {
    const { data, path, open, store, first } = await site()
    await store.rollback(first)
    const days = (count: number) => () => new Date(Date.now() + count * 24 * 3600 * 1000)
    const other = await open({ now: days(40) })
    await writeSet(path, { 'a.json': '{' })
    await expect(other.reload()).rejects.toThrow()
    await writeSet(path, { 'b.json': documentOn('3') })
    expect(await readdir(join(data, 'revisions'))).toContain(`${first}.json`)
    expect(serves(await open({ now: days(40) }))).toEqual(['1', 'rolledBack'])
  })

  test.for([1, 2, 3])('a disk that fails as its file %i is written: nothing changes', async (nth) => {
    const { data, open, store, first, second } = await site()
    const repair = await failOnce(data, nth)
    await expect(store.rollback(first)).rejects.toMatchObject({ code: 'plans' })
    repair()
    expect(serves(store)).toEqual(['2', 'current'])
    const again = await open()
    expect([...serves(again), again.lastServed]).toEqual(['2', 'current', second])
  })

  test.for([1, 2])('so it is with the reload that ends it, at its file %i', async (nth) => {
    const { data, path, open, store, first } = await site()
    await store.rollback(first)
    await writeSet(path, { 'a.json': documentOn('2') })
    const repair = await failOnce(data, nth)
    await expect(store.reload()).rejects.toMatchObject({ code: 'plans' })
    repair()
    expect(serves(store)).toEqual(['1', 'rolledBack'])
    const again = await open()
    expect([...serves(again), again.lastServed]).toEqual(['1', 'rolledBack', first])
  })

  test.skipIf(process.getuid?.() === 0)('a folder that cannot be written to: nothing changes', async () => {
    const { data, store, first } = await site()
    await chmod(join(data, 'revisions'), 0o500)
    await expect(store.rollback(first)).rejects.toMatchObject({ code: 'plans' })
    await chmod(join(data, 'revisions'), 0o700)
    expect(serves(store)).toEqual(['2', 'current'])
  })
})

describe('a large revision', () => {
  const filler = Array.from({ length: 1000 }, (_, i) => ({
    type: 'bridge',
    destination: `2${i}`,
    note: 'x'.repeat(100),
  }))
  const large = (number: string) => ({ plans: { main: { numbers: [number, '+31502100000'], steps: filler } } }) // prettier-ignore

  async function largeSite() {
    const path = await setOf({ 'a.json': large('1') })
    const data = join(await temporaryFolder(), 'data')
    const open = () => openStore({ path, data, log: quiet, defaultCountry: 'NL' })
    const store = await open()
    const first = store.current().revision
    await writeSet(path, { 'a.json': large('2') })
    await store.reload()
    return { data, open, first, slices: join(data, 'slices', `${first}.jsonl`) }
  }

  test('is read as it served, for its user only', async () => {
    const { open, first, slices } = await largeSite()
    expect((await stat(slices)).mode & 0o777).toBe(0o600)
    const store = await open()
    await store.rollback(first)
    expect(serves(store)).toEqual(['1', 'rolledBack'])
    expect(store.current().find('0502100000')).toMatchObject({ plan: 'main' })
    expect(store.current().compiled('a')!.steps).toHaveLength(1000)
  })

  test.for<[string, (text: string) => string]>([
    ['torn', (text) => text.slice(0, 5000)],
    ['changed', (text) => text.replace('"2999"', '"2998"')],
    ['empty', () => ''],
    ['without a line', (text) => text.replaceAll('\n', ' ')],
  ])('is read from its content where that file is %s', async ([, change]) => {
    const { open, first, slices } = await largeSite()
    await writeFile(slices, change(await readFile(slices, 'utf8')))
    const store = await open()
    await store.rollback(first)
    expect(store.current().compiled('a')!.steps.at(-1)!.spec).toMatchObject({ destination: '2999' })
  })

  test('of these files the last twenty are kept', async () => {
    const { data, open } = await largeSite()
    for (let i = 0; i < 25; i++) await writeFile(join(data, 'slices', `${i}.jsonl`), '')
    const store = await open()
    expect(store.state()).toBe('current')
    expect(await readdir(join(data, 'slices'))).toHaveLength(20)
  })
})

describe('api reload?dryRun=true', () => {
  test('says what a reload would change, and changes nothing', async () => {
    const { path, data, store, second } = await site()
    const before = await readdir(join(data, 'revisions'))
    await writeSet(path, { 'a.json': documentOn('3'), 'b.json': documentOn('2', '4') })
    expect(await store.dryRun()).toEqual({
      ...{ previous: second, changed: true, documents: 2, plans: 2, numbers: 3 },
      ...{ warnings: [], heldBack: [], more: false },
      revision: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      changes: [
        { document: 'a', plan: 'main', kind: 'numbersAdded', sentence: '3 now leads to `main`' },
        expect.objectContaining({ sentence: '2 no longer leads to `main`, but to `main` of b' }),
        expect.objectContaining({ document: 'b', kind: 'documentAdded' }),
        expect.objectContaining({ sentence: '2 now leads to `main`, and no longer to `main` of a' }),
        expect.objectContaining({ sentence: '4 now leads to `main`' }),
      ],
    })
    expect(serves(store)).toEqual(['2', 'current'])
    expect(await readdir(join(data, 'revisions'))).toEqual(before)
  })

  test('a set that does not validate is told as a reload tells it, and is not stale for that', async () => {
    const { path, store } = await site()
    await writeSet(path, { 'b.json': '{' })
    await expect(store.dryRun()).rejects.toMatchObject({ findings: [{ document: 'b' }] })
    expect(serves(store)).toEqual(['2', 'current'])
  })

  test('with keepPrevious, what would be held back', async () => {
    const { path, store } = await site({ invalidDocuments: 'keepPrevious' })
    await writeSet(path, { 'b.json': '{' })
    expect(await store.dryRun()).toMatchObject({ heldBack: ['b'], changed: false, changes: [] })
    expect(store.heldBack()).toEqual([])
  })

  test('no more than a thousand changes are told', async () => {
    const { path, store } = await site()
    const named = (item: unknown) =>
      Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`n${i}`, item]))
    const plans = { ...documentOn('3').plans, ...named({ steps: [] }) }
    await writeSet(path, { 'a.json': { audio: named('a.wav'), plans } })
    const { changes, more } = await store.dryRun()
    expect([changes.length, more]).toEqual([1000, true])
  })
})

describe('api diff and revisions', () => {
  const everything = ['*']

  async function contentOf(store: PlanStore, revision: string, documents: readonly string[]) {
    const pieces: string[] = []
    const take = (piece: string) => Promise.resolve(void pieces.push(piece))
    const found = await store.content(revision, documents, take, new AbortController().signal)
    return found ? (JSON.parse(pieces.join('')) as unknown) : undefined
  }

  test('what is different between two revisions, of the documents that are asked for', async () => {
    const { store, first, second } = await site()
    expect(await store.compare(first, second, everything)).toMatchObject({
      changes: [{ sentence: '2 now leads to `main`' }, { sentence: '1 no longer leads to `main`' }],
    })
    expect(await store.compare(first, second, ['north/*'])).toEqual({ changes: [], more: false })
    expect(await store.compare(first, '0123456789ab', everything)).toEqual({ missing: '0123456789ab' })
  })

  test('a number that came from a document which may not be named has come from nowhere', async () => {
    const { path, store } = await site()
    await writeSet(path, { 'north/n.json': documentOn('5'), 'south/s.json': documentOn('6') })
    const { revision: before } = await store.reload()
    await writeSet(path, { 'north/n.json': documentOn('5', '6'), 'south/s.json': documentOn('7') })
    const { revision: after } = await store.reload()
    expect(await store.compare(before, after, ['north/*'])).toMatchObject({
      changes: [{ document: 'north/n', sentence: '6 now leads to `main`' }],
    })
    expect(await store.compare(after, before, ['north/*'])).toMatchObject({
      changes: [{ document: 'north/n', sentence: '6 no longer leads to `main`' }],
    })
  })

  test('the documents of a revision, as they were written', async () => {
    const { path, store, first } = await site()
    expect(await contentOf(store, first, everything)).toEqual([['a', documentOn('1')]])
    expect(await contentOf(store, '0123456789ab', everything)).toBeUndefined()
    await writeSet(path, { 'north/n.json': documentOn('5') })
    const { revision } = await store.reload()
    expect(await contentOf(store, revision, ['north/*'])).toEqual([['north/n', documentOn('5')]])
    expect(await contentOf(store, revision, ['south/*'])).toEqual([])
  })
})
