/** One document that costs too much to check gives way alone. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { runInProcess } from '../../../src/plan/loading/run-in-process.ts'
import type { JobEnd, JobPart } from '../../../src/plan/loading/load-jobs.ts'
import { loadSet } from '../../../src/plan/loading/load-set.ts'
import { openRevisions, revisionOf } from '../../../src/plan/revisions/revision-files.ts'
import { slicesOf } from '../../../src/plan/revisions/slices.ts'
import { documentOn, setOf, temporaryFolder, writeSet } from '../fixtures.ts'

/** Some tenths of a second to check, and valid. */
const costly = documentOn(...Array.from({ length: 100_000 }, (_, i) => `+3150${2_000_000 + i}`))
/** 100 MB as objects, and valid. */
const heavy = { ...documentOn('1'), 'x-a': Array.from({ length: 1_000_000 }, () => ({})) }

interface Site {
  readonly path: string
  load(how?: LoadOptions): Promise<{ end: JobEnd; served: string[] }>
}

interface LoadOptions {
  readonly keepPrevious?: boolean
  readonly documentMs?: number
  /** The revision that serves; absent: the controller starts. */
  readonly serving?: string
}

async function site(files: Readonly<Record<string, unknown>>): Promise<Site> {
  const path = await setOf(files)
  const revisions = join(await temporaryFolder(), 'revisions')
  return {
    path,
    async load({ keepPrevious = false, documentMs = 60_000, serving }: LoadOptions = {}) {
      const options = { defaultCountry: 'NL', envSet: [] } as const
      const job = { kind: 'load', path, revisions, options, keepPrevious, nowMs: 0 } as const
      const started = { ...job, ...(serving !== undefined && { serving }) }
      const served: string[] = []
      const onPart = (part: JobPart) => {
        if (part.kind === 'slice') served.push(...part.slice.numbers.map(({ written }) => written))
      }
      const end = await runInProcess(started, { onPart, budget: { jobMs: 60_000, documentMs } })
      // As the store does, once it serves.
      if (end.kind === 'set') await openRevisions(revisions).setCurrent(end.revision)
      return { end, served }
    },
  }
}

describe('§6 a document that takes longer to check than a document may', { timeout: 60_000 }, () => {
  test('is an error of the set, which names it', async () => {
    const { load } = await site({ 'a.json': costly, 'b.json': documentOn('2') })
    const { end, served } = await load({ documentMs: 20 })
    expect(end).toMatchObject({
      kind: 'findings',
      errors: [
        {
          document: 'a',
          line: 1,
          message: expect.stringMatching(/longer than a document may: 0.02 s; make several/) as string,
        },
      ],
    })
    expect(served).toEqual([])
  })

  test('gives way alone with keepPrevious', async () => {
    const { path, load } = await site({ 'a.json': documentOn('1'), 'b.json': documentOn('2') })
    await load()
    await writeSet(path, { 'a.json': costly, 'b.json': documentOn('3') })
    const { end, served } = await load({ keepPrevious: true, documentMs: 20 })
    expect(end).toMatchObject({
      kind: 'set',
      warnings: [{ document: 'a', message: expect.stringContaining('last good form') as string }],
    })
    expect(served).toEqual(['1', '3'])
  })

  test('is no reason to try for ever where there are many', async () => {
    const { load } = await site(
      Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`${i}.json`, costly])),
    )
    await expect(load({ documentMs: 1 })).rejects.toMatchObject({
      code: 'plans',
      message: expect.stringContaining('longer than a document may') as string,
    })
  })

  test('serves where there is time', async () => {
    const { load } = await site({ 'a.json': costly })
    expect((await load()).served).toHaveLength(100_000)
  })
})

/** Nice values of all threads of this process's children, as proc(5) shows them. */
function niceOfChildren(): number[] {
  const tasks = (pid: number | string) =>
    readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`)
  const children = tasks('self').flatMap((task) => readFileSync(`${task}/children`, 'utf8').trim().split(' '))
  return children
    .filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('load-process'))
    .flatMap(tasks)
    .map((task) => Number(readFileSync(`${task}/stat`, 'utf8').split(') ')[1]!.split(' ')[16]))
}

/** The nice values of `work`'s process while it ran. */
async function watched<T>(work: Promise<T>): Promise<{ result: T; nice: number[] }> {
  let nice: number[] = []
  let done = false
  const ending = work.finally(() => (done = true))
  while (!done) {
    const now = attempt(niceOfChildren)
    if (now.length > nice.length) nice = now
    await delay(5)
  }
  return { result: await ending, nice }
}

/** What is looked at may be gone this moment. */
function attempt(look: () => number[]): number[] {
  try {
    return look()
  } catch {
    return []
  }
}

test.runIf(process.platform === 'linux')(
  'calls come first: no thread of a reload has their priority, and a start has it',
  { timeout: 60_000 },
  async () => {
    const { load } = await site({ 'a.json': costly })
    async function niceOf(serving?: string): Promise<number[]> {
      const { result, nice } = await watched(load({ ...(serving !== undefined && { serving }) }))
      expect(result.end.kind).toBe('set')
      expect(nice.length).toBeGreaterThan(1)
      return nice
    }
    expect(Math.max(...(await niceOf()))).toBe(0)
    expect(Math.min(...(await niceOf('0123456789ab')))).toBe(10)
  },
)

test.runIf(process.platform === 'linux').for([
  ['that a call waits for has their priority', true, 0],
  ['that is tried has not', false, 10],
] as const)('a revision %s', { timeout: 60_000 }, async ([, isUrgent, expected]) => {
  const revisions = join(await temporaryFolder(), 'revisions')
  const content = Buffer.from(JSON.stringify([['a', costly]]))
  await openRevisions(revisions).keep(revisionOf(content), content)
  const options = { defaultCountry: 'NL', envSet: [] } as const
  const job = {
    kind: 'restore',
    revisions,
    revision: revisionOf(content),
    options,
    checkClaims: false,
  } as const
  const { result, nice } = await watched(runInProcess({ ...job, isUrgent }))
  expect(result.kind).toBe('set')
  expect(Math.min(...nice)).toBe(expected)
})

test('large documents come over one at a time, also those that no number leads to', async () => {
  const steps = Array.from({ length: 2000 }, () => ({ type: 'transfer', destination: '8000' }))
  const files = ['a', 'b', 'c'].map((name) => [`${name}.json`, { plans: { main: { steps } } }] as const)
  const { documents } = await loadSet(await setOf(Object.fromEntries(files)), {})
  const slices = [...slicesOf(documents)].map((slice) => slice.documents.map(({ name }) => name))
  expect(slices.slice(0, 3)).toEqual([['a'], ['b'], ['c']])
})

test('§6 a document that takes the process along as it is checked gives way alone', async () => {
  const { path, load } = await site({ 'a.json': documentOn('1'), 'b.json': documentOn('2') })
  await load()
  await writeSet(path, { 'a.json': heavy, 'b.json': documentOn('3') })
  vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=48')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { end, served } = await load({ keepPrevious: true })
  expect(end).toMatchObject({
    kind: 'set',
    warnings: [{ document: 'a', message: expect.stringContaining('more memory than there is') as string }],
  })
  expect(served).toEqual(['1', '3'])
}, 60_000)
