import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openRevisions, revisionOf } from '../../src/plan/revisions/revision-files.ts'
import { openStore, type PlanStore, type StoreOptions } from '../../src/plan/store.ts'
import { documentOn, plans, setOf, temporaryFolder, writeSet } from './fixtures.ts'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

interface Site {
  readonly path: string
  readonly data: string
  open(options?: Partial<StoreOptions>, now?: () => Date): Promise<PlanStore>
}

async function site(files: Readonly<Record<string, unknown>>): Promise<Site> {
  const path = await setOf(files)
  const data = join(await temporaryFolder(), 'data')
  return {
    path,
    data,
    open: (options = {}, now = () => new Date()) =>
      openStore({ path, data, log: quiet, now, defaultCountry: 'NL', ...options }),
  }
}

const refused = (...documents: string[]) => ({
  code: 'plans',
  findings: documents.map((document): unknown => expect.objectContaining({ document })),
})

describe('api reloading', () => {
  test('a change on disk serves after a reload, and not before', async () => {
    const { path, open } = await site({ 'a.json': documentOn('+31502100000') })
    const store = await open()
    const before = store.current()
    await writeSet(path, {
      'b.json': { plans: { m: { numbers: ['215', '216'], steps: [{ type: 'hangup' }] }, n: { steps: [] } } },
    })
    expect(store.current().find('215')).toEqual({ forms: ['215'] })

    const result = await store.reload()
    expect(result).toMatchObject({
      previous: before.revision,
      changed: true,
      documents: 2,
      plans: 3,
      numbers: 3,
    })
    expect(result.revision).toBe(store.current().revision)
    expect(result.warnings.map(({ pointer }) => pointer)).toEqual(['/plans/n'])
    expect(store.current().find('2.15')).toEqual({ document: 'b', plan: 'm', entry: '215', forms: ['215'] })
    expect(before.find('215')).toEqual({ forms: ['215'] })
  })

  test('the same content is no change: the very same set goes on serving', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1') })
    const store = await open()
    const set = store.current()
    await writeFile(join(path, 'a.json'), JSON.stringify(documentOn('1'), null, 4))
    expect(await store.reload()).toMatchObject({
      changed: false,
      revision: set.revision,
      previous: set.revision,
      numbers: 1,
    })
    expect(store.current()).toBe(set)
  })

  test('a set that does not validate is refused with all errors, and what served goes on serving', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1') })
    const store = await open()
    const set = store.current()
    await writeSet(path, { 'b.json': '{', 'c.json': documentOn('1') })
    await expect(store.reload()).rejects.toMatchObject(refused('b', 'c'))
    expect([store.current() === set, store.state()]).toEqual([true, 'stale'])

    await rm(join(path, 'b.json'))
    await writeSet(path, { 'c.json': documentOn('2') })
    await store.reload()
    expect([store.current() === set, store.state()]).toEqual([false, 'current'])
  })

  test('a set that is put back as it was is current again', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1') })
    const store = await open()
    await rm(join(path, 'a.json'))
    await expect(store.reload()).rejects.toMatchObject({ code: 'plans' })
    await writeSet(path, { 'a.json': documentOn('1') })
    expect(await store.reload()).toMatchObject({ changed: false })
    expect(store.state()).toBe('current')
  })

  test('a crash of what reads the set is an error, and what served goes on serving', async () => {
    const { open } = await site({ 'a.json': documentOn('1') })
    const store = await open()
    vi.stubEnv('NODE_OPTIONS', '--no-such-flag')
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(store.reload()).rejects.toMatchObject({
      code: 'plans',
      message: expect.stringContaining('ended with 9') as string,
    })
    expect(store.current().find('1').document).toBe('a')
    vi.unstubAllEnvs()
    expect(await store.reload()).toMatchObject({ changed: false })
  })

  test('reloads that come while one runs see what changed meanwhile, and so does the one that runs', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1') })
    const store = await open()
    const { revision } = store.current()
    const first = store.reload()
    await writeSet(path, { 'b.json': documentOn('2') })
    const [second, third] = [store.reload(), store.reload()]
    expect(await second).toMatchObject({ documents: 2, changed: true, previous: revision })
    expect([await first, await third]).toEqual([await second, await second])
    expect(store.state()).toBe('current')
  })

  test('a document is validated by itself, and nothing is changed', async () => {
    const { open } = await site({ 'a.json': documentOn('1') })
    const store = await open({
      grants: { transferContexts: [], env: { acme: ['KEY'] } },
      envIsSet: () => true,
    })
    const headers = { webhooks: { crm: { urlTemplate: 'https://crm.example/', headers: { a: 'env:KEY' } } } }
    const bytes = Buffer.from(JSON.stringify({ ...headers, ...documentOn('1', '1') }))
    const revision = store.current().revision
    expect((await store.validate(bytes)).errors.map(({ pointer }) => pointer)).toEqual([
      '/plans/main/numbers/1',
    ])
    expect((await store.validate(bytes, 'acme')).errors).toHaveLength(1)
    expect((await store.validate(bytes, 'other')).errors).toHaveLength(2)
    expect((await store.validate(Buffer.from('{'))).errors).toHaveLength(1)
    expect(store.current().revision).toBe(revision)
  })

  test('reloading a large set holds the event loop for moments only', { timeout: 60_000 }, async () => {
    const documents = Array.from({ length: 1000 }, (_, i) => {
      const numbers = Array.from({ length: 20 }, (_, j) => `+3150${2_000_000 + i * 20 + j}`)
      const steps = Array.from({ length: 40 }, () => ({ type: 'bridge', destination: ['215', '216'] }))
      return [`c${i}.json`, { plans: { main: { numbers, steps } } }] as const
    })
    const { path, open } = await site(Object.fromEntries(documents))
    const store = await open()
    await writeSet(path, { 'new.json': documentOn('215') })
    let held = 0
    let last = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      held = Math.max(held, now - last)
      last = now
    }, 1)
    await store.reload()
    clearInterval(timer)
    // Some 5 ms are aimed at; taken in one piece it would be several hundred.
    expect(held).toBeLessThan(60)
  })
})

describe('operations starting', () => {
  test('a set that does not validate is an error at the first start', async () => {
    const { open, data } = await site({ 'a.json': '{' })
    await expect(open()).rejects.toMatchObject({
      ...refused('a'),
      details: [expect.stringMatching(/a\.json:1:2 {2}not JSON/)],
    })
    await expect(readdir(join(data, 'revisions'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('later the revision served last serves in its place, and is stale', async () => {
    const { path, open } = await site({ 'a.json': documentOn('+31502100000') })
    const { revision } = (await open()).current()
    await writeSet(path, { 'a.json': '{' })
    const store = await open()
    expect([store.current().revision, store.state()]).toEqual([revision, 'stale'])
    expect(store.current().find('0502100000')).toMatchObject({ document: 'a', plan: 'main' })
  })

  test('also when the whole set is gone', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1') })
    const { revision } = (await open()).current()
    await rm(path, { recursive: true })
    expect((await open()).current().revision).toBe(revision)
  })

  test('a revision file that was damaged does not serve', async () => {
    const { path, data, open } = await site({ 'a.json': documentOn('1') })
    const { revision } = (await open()).current()
    const file = join(data, 'revisions', `${revision}.json`)
    await writeFile(file, (await readFile(file, 'utf8')).replace('"1"', '"2"'))
    await writeSet(path, { 'a.json': '{' })
    await expect(open()).rejects.toMatchObject({ code: 'plans' })
  })

  test.skipIf(process.getuid?.() === 0)(
    'a data folder that cannot be written is an error that names it',
    async () => {
      const { data, open } = await site({ 'a.json': documentOn('1') })
      await mkdir(data, { recursive: true })
      await chmod(data, 0o500)
      await expect(open()).rejects.toMatchObject({
        code: 'plans',
        message: expect.stringContaining(join(data, 'revisions')) as string,
      })
    },
  )
})

test('api a document that nobody waits for any more is not put in its place', async () => {
  const { path, open } = await site({ 'a.json': documentOn('1') })
  const store = await open()
  const gone = new AbortController()
  gone.abort()
  const bytes = Buffer.from(JSON.stringify(documentOn('2')))
  const check = () => expect.unreachable()
  const replacement = { name: 'a', visible: ['*'], bytes, check, givenUp: gone.signal }
  await expect(store.replace(replacement)).rejects.toBe(gone.signal.reason)
  expect(JSON.parse(await readFile(join(path, 'a.json'), 'utf8'))).toEqual(documentOn('1'))
})

describe('configuration data: revisions', () => {
  test('are found by their name, from disk too, with the same content', async () => {
    const { path, open } = await site({
      'example.json': await readFile(join(plans, 'good/example.json'), 'utf8'),
    })
    const old = (await open()).current()
    const { revision } = old
    await writeSet(path, { 'example.json': documentOn('1') })
    const another = await open()
    const found = await another.byRevision(revision)
    expect(found?.revision).toBe(revision)
    expect(found?.compiled('example')).toEqual(old.compiled('example'))
    expect(found?.find('0502100001')).toMatchObject({ plan: 'fault-line' })
    expect(another.current().find('0502100001').document).toBeUndefined()
    expect(await another.byRevision(revision)).toBe(found)
  })

  test('the same content has the same places in every controller, in whatever order its keys are written', async () => {
    const choice = { type: 'bridge', destination: '1' }
    const menu = (choices: object, on: object) => [
      { type: 'ivr', startMessage: 'hi', choices, failure: [{ ...choice, on }] },
      { type: 'play', audio: 'hi' },
    ]
    const audio = { hi: 'hi.wav' }
    const one = menu({ '1': [choice], '#': [choice], '12': [] }, { busy: [choice], failed: [choice] })
    const other = menu({ '#': [choice], '12': [], '1': [choice] }, { failed: [choice], busy: [choice] })
    const open = async (plans: object) =>
      (await (await site({ 'a.json': { audio, plans } })).open()).current()
    const sets = [
      await open({ b: { steps: one }, a: { steps: [] } }),
      await open({ a: { steps: [] }, b: { steps: other } }),
    ]
    const [first, second] = sets.map((set) =>
      set.compiled('a')?.steps.map(({ name, next, branches }) => ({ name, next, branches })),
    )
    expect(sets[0]?.revision).toBe(sets[1]?.revision)
    expect(first).toEqual(second)
  })

  test('nobody else may read them, nor those that an earlier version wrote', async () => {
    const { path, data, open } = await site({ 'a.json': documentOn('1') })
    const store = await open()
    const folder = join(data, 'revisions')
    const modes = async () => {
      const files = (await readdir(folder)).map(async (file) => (await stat(join(folder, file))).mode & 0o777)
      return [...new Set(await Promise.all(files))]
    }
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect(await modes()).toEqual([0o600])
    await chmod(join(folder, `${store.current().revision}.json`), 0o644)
    await writeSet(path, { 'a.json': documentOn('2') })
    await store.reload()
    expect(await modes()).toEqual([0o600])
  })

  test.for(['ffffffffffff', '', '../../../etc/passwd', 'current'])('%s is not known', async (revision) => {
    const { open } = await site({ 'a.json': documentOn('1') })
    expect(await (await open()).byRevision(revision)).toBeUndefined()
  })

  test('one that is tried takes the place of none that calls need', { timeout: 60_000 }, async () => {
    const { data, open } = await site({ 'a.json': documentOn('1') })
    const store = await open()
    const kept = openRevisions(join(data, 'revisions'))
    const keep = async (number: string) => {
      const content = Buffer.from(JSON.stringify([['a', documentOn(number)]]))
      await kept.keep(revisionOf(content), content)
      return revisionOf(content)
    }
    const ofCalls = await store.byRevision(await keep('2'))
    expect(await store.toTry(ofCalls!.revision)).toBe(ofCalls)
    const tried = []
    for (const number of ['3', '4', '5', '6']) tried.push(await store.toTry(await keep(number)))
    expect(tried.map((set) => set?.find('6').document)).toEqual([undefined, undefined, undefined, 'a'])
    expect(await store.toTry(tried[3]!.revision)).toBe(tried[3])
    expect(await store.byRevision(ofCalls!.revision)).toBe(ofCalls)
    expect(await store.toTry('ffffffffffff')).toBeUndefined()
  })

  test('the one that serves is found in memory', async () => {
    const { open, data } = await site({ 'a.json': documentOn('1') })
    const store = await open()
    await rm(data, { recursive: true })
    expect(await store.byRevision(store.current().revision)).toBe(store.current())
  })

  test('are kept for 30 days after they served, the current one for ever', async () => {
    const { path, data, open } = await site({ 'a.json': documentOn('1') })
    const store = await open({}, () => new Date('2026-11-22T12:00:00Z'))
    const folder = join(data, 'revisions')
    const daysAgo = (days: number) => new Date(Date.parse('2026-11-22T12:00:00Z') - days * 86_400_000)
    const add = async (name: string, days: number) => {
      await writeFile(join(folder, name), '[]')
      await utimes(join(folder, name), daysAgo(days), daysAgo(days))
    }
    await add('aaaaaaaaaaaa.json', 29)
    await add('bbbbbbbbbbbb.json', 31)
    await add('cccccccccccc.json.0.tmp', 31)
    await add('notes.json', 31)
    const first = store.current().revision
    await utimes(join(folder, `${first}.json`), daysAgo(31), daysAgo(31))
    await store.reload()
    expect((await readdir(folder)).sort()).toEqual(
      [`${first}.json`, 'aaaaaaaaaaaa.json', 'current', 'notes.json'].sort(),
    )

    await utimes(join(folder, `${first}.json`), daysAgo(31), daysAgo(31))
    await writeSet(path, { 'a.json': documentOn('2') })
    await store.reload()
    expect((await stat(join(folder, `${first}.json`))).mtimeMs).toBeGreaterThan(daysAgo(1).getTime())
  })
})

describe('configuration invalidDocuments: keepPrevious', () => {
  const keep: Partial<StoreOptions> = { invalidDocuments: 'keepPrevious' }

  test('a document that does not validate keeps its last good form; the others change', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1'), 'b.json': documentOn('2') })
    const store = await open(keep)
    await writeSet(path, {
      'a.json': { plans: { main: { numbers: ['9'], steps: [{ type: 'nap' }] } } },
      'b.json': documentOn('3'),
    })
    const { warnings } = await store.reload()
    expect(warnings).toMatchObject([
      {
        document: 'a',
        pointer: '/plans/main/steps/0/type',
        message: expect.stringMatching(/last good form/) as string,
      },
    ])
    expect(['1', '2', '3', '9'].map((did) => store.current().find(did).document)).toEqual([
      'a',
      undefined,
      'b',
      undefined,
    ])
    expect(store.state()).toBe('current')
  })

  test('also across a restart', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1'), 'b.json': documentOn('2') })
    await open(keep)
    await writeSet(path, { 'a.json': '{', 'b.json': documentOn('3') })
    const store = await open(keep)
    expect(['1', '2', '3'].map((did) => store.current().find(did).document)).toEqual(['a', undefined, 'b'])
    expect(store.warnings()).toMatchObject([{ document: 'a', line: 1 }])
  })

  test('a new document that never was good is left out', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1') })
    const store = await open(keep)
    await writeSet(path, { 'b.json': '{', 'c.json': documentOn('3') })
    const { warnings, documents } = await store.reload()
    expect([documents, warnings[0]?.message]).toEqual([2, expect.stringContaining('left out')])
  })

  test('a document that takes a number of another gives way', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1'), 'b.json': documentOn('2') })
    const store = await open(keep)
    await writeSet(path, { 'a.json': documentOn('1', '2') })
    const { changed, warnings } = await store.reload()
    expect([changed, warnings.length]).toEqual([false, 1])
    expect(['1', '2'].map((did) => store.current().find(did).document)).toEqual(['a', 'b'])
  })

  test('a number that moved goes back when the document it left does not validate', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1'), 'b.json': documentOn('2') })
    const store = await open(keep)
    await writeSet(path, { 'a.json': '{', 'b.json': documentOn('1', '2') })
    const { warnings } = await store.reload()
    expect(warnings.map(({ document }) => document)).toEqual(['a', 'b'])
    expect(['1', '2'].map((did) => store.current().find(did).document)).toEqual(['a', 'b'])
  })

  test('documents of a folder that cannot be read any more keep their last good form', async () => {
    const { path, open } = await site({ 'sub/a.json': documentOn('1'), 'b.json': documentOn('2') })
    const store = await open(keep)
    await rm(join(path, 'sub'), { recursive: true })
    await symlink(await setOf({ 'a.json': documentOn('9') }), join(path, 'sub'))
    await writeSet(path, { 'b.json': documentOn('3') })
    const { warnings } = await store.reload()
    expect(warnings).toMatchObject([
      { document: 'sub', message: expect.stringContaining('what is in it go on serving') as string },
    ])
    const found = ['1', '2', '3', '9'].map((did) => store.current().find(did).document)
    expect(found).toEqual(['sub/a', undefined, 'b', undefined])
  })

  test('nothing served yet: one bad document is an error', async () => {
    const { open } = await site({ 'a.json': documentOn('1'), 'b.json': '{' })
    await expect(open(keep)).rejects.toMatchObject(refused('b'))
  })

  test('a document that was removed is gone', async () => {
    const { path, open } = await site({ 'a.json': documentOn('1'), 'b.json': documentOn('2') })
    const store = await open(keep)
    await rm(join(path, 'b.json'))
    await store.reload()
    expect(store.current().documents.has('b')).toBe(false)
  })
})

describe('a set', () => {
  test('a document of it is frozen all the way down', async () => {
    const { open } = await site({
      'example.json': await readFile(join(plans, 'good/example.json'), 'utf8'),
    })
    const { document } = (await open()).current().compiled('example')!
    const parts = [
      document,
      document.plans,
      document.plans['main'],
      document.plans['main']?.steps,
      document.plans['main']?.steps[0],
    ]
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true, true, true])
  })

  test('lists its documents, plans and numbers, and compiles a document once', async () => {
    const { open } = await site({
      'acme/north.json': {
        description: 'North',
        domain: 'n.example',
        plans: { m: { description: 'M', numbers: ['215', '2*'], steps: [] } },
      },
    })
    const set = (await open({}, () => new Date(0))).current()
    expect(set.since).toEqual(new Date(0))
    expect(set.counts).toEqual({ documents: 1, plans: 1, numbers: 2 })
    expect([...set.documents]).toEqual([
      [
        'acme/north',
        {
          description: 'North',
          domain: 'n.example',
          plans: new Map([['m', { description: 'M', numbers: ['215', '2*'] }]]),
        },
      ],
    ])
    expect(set.compiled('acme/north')).toBe(set.compiled('acme/north'))
    expect(Object.isFrozen(set.compiled('acme/north')?.document.plans.m)).toBe(true)
    expect(set.compiled('acme')).toBeUndefined()
    expect(set.find('215', 'n.example')).toMatchObject({ document: 'acme/north', entry: '215' })
    expect(set.explain('215', 'n.example')).toMatchObject({
      match: { entry: '215' },
      near: [{ entry: '2*' }],
    })
  })
})
