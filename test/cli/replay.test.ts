import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadSet } from '../../src/plan/index.ts'
import { openRevisions } from '../../src/plan/revisions/index.ts'
import type { CallRecord } from '../../src/records/index.ts'
import { belplan } from './belplan.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-replay-'))))
afterEach(() => rm(folder, { recursive: true }))

const id = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const replay = (...args: string[]) => belplan(['replay', ...args], { cwd: folder })

async function put(name: string, destination: string): Promise<string> {
  const steps = [{ type: 'bridge', destination }]
  const acme = { plans: { main: { numbers: ['+31502100000'], steps } } }
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, name, 'acme.json'), JSON.stringify(acme))
  return name
}

/** Keeps the set as a controller does; returns its revision. */
async function kept(name: string): Promise<string> {
  const { revision, content } = await loadSet(join(folder, name))
  await openRevisions(join(folder, 'data', 'revisions')).keep(revision, content)
  return revision
}

const recordOf = (revision: string): CallRecord => ({
  ...{ id, at: '2026-11-22T15:38:11.887Z', did: '+31502100000', caller: '+31612345678', name: '' },
  ...{ arrival: {}, document: 'acme', plan: 'main', revision, controllers: ['host-a:8084'] },
  steps: [
    {
      ...{ step: 'main/0', type: 'bridge', ms: 40, outcome: 'busy' },
      ...{ destinations: ['215'], cause: 'USER_BUSY' },
    },
  ],
  ...{ answered: false, ringMs: 40, ending: 'endOfList', cause: 'USER_BUSY' },
})

async function journal(record: object): Promise<void> {
  await mkdir(join(folder, 'data', 'journal'), { recursive: true })
  await appendFile(join(folder, 'data', 'journal', '2026-11-22.jsonl'), `${JSON.stringify(record)}\n`)
}

test('command-line replay: to itself: 0', async () => {
  const revision = await kept(await put('plans', '215'))
  await journal({ id: 'another', steps: [] })
  await journal(recordOf(revision))
  const { code, out, err } = await replay(id)
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('1  main/0 rings 215 for 30 s, shown as +31612345678: busy')
  expect(out).toContain('replayed it is the same, and ended with endOfList (USER_BUSY)')
})

test('command-line replay: a call on which two parties talk', async () => {
  const revision = await kept(await put('plans', '215'))
  await mkdir(join(folder, 'data', 'talking'), { recursive: true })
  const [step] = recordOf(revision).steps
  const talking = {
    ...recordOf(revision),
    ending: 'talked',
    steps: [{ ...step, outcome: 'answered', cause: undefined }],
  }
  await writeFile(join(folder, 'data', 'talking', `${id}.json`), JSON.stringify(talking))
  expect((await replay(id)).code).toBe(0)
})

test('command-line replay --against a folder or a revision: where they part: 1', async () => {
  await journal(recordOf(await kept(await put('plans', '215'))))
  const other = await kept(await put('plans.new', '216'))
  for (const against of ['plans.new', other, 'plans.new/acme.json']) {
    const { code, out, err } = await replay(id, '--against', against)
    expect([code, err]).toEqual([1, ''])
    expect(out.replaceAll(/\n +/g, ' ')).toContain('it parts at step 1: in the call main/0 rings 215')
    expect(out).toContain('what 216 does is not known: it is taken not to answer')
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  }
  const { code, out } = await replay(id, '--against', 'plans.new', '--json')
  expect([code, JSON.parse(out)]).toMatchObject([1, { id, isSame: false, parting: { step: 1 } }])
})

test('command-line replay: a record that was changed is a fault: 1', async () => {
  const record = recordOf(await kept(await put('plans', '215')))
  await journal({ ...record, ending: 'talked' })
  const { code, out } = await replay(id)
  expect(code).toBe(1)
  expect(out.replaceAll(/\n +/g, ' ')).toContain('A call replays to itself')
})

test('command-line replay: what cannot be replayed: 2, with the reason', async () => {
  const record = recordOf(await kept(await put('plans', '215')))
  expect(await replay(id)).toMatchObject({
    code: 2,
    err: `belplan: there is no record of a call ${id} in ${join(folder, 'data')}`,
  })
  const { arrival: _, ...earlier } = record
  await journal(earlier)
  expect((await replay(id)).err).toContain(
    `the call ${id} cannot be replayed: its record was written by an earlier release`,
  )
  await rm(join(folder, 'data', 'journal'), { recursive: true })
  await journal({ ...record, revision: '0123456789ab' })
  expect(await replay(id)).toMatchObject({ code: 2, out: '' })
  expect((await replay(id)).err).toContain('its revision 0123456789ab is not here')
  await journal(record)
  expect((await replay(id, '--against', 'nowhere')).code).toBe(2)
  expect((await replay(id, '--against', '0123456789ab')).err).toContain('there is no revision 0123456789ab')
  expect((await replay()).code).toBe(2)
})

test('command-line replay: where the database does not answer it says so, and looks through this machine', async () => {
  await writeFile(join(folder, 'belplan.json'), JSON.stringify({ store: 'env:STORE' }))
  const env = { STORE: 'postgres://127.0.0.1:9/none' }
  const { code, out, err } = await belplan(['replay', id], { cwd: folder, env })
  expect([code, out]).toEqual([2, ''])
  const [away, none] = err.split('\n')
  expect(away).toMatch(/^the database does not answer \(.+\): only this machine was looked through$/)
  expect(none).toBe(`belplan: there is no record of a call ${id} in ${join(folder, 'data')}`)
})
