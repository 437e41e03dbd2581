import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadSet } from '../../src/plan/index.ts'
import { openRevisions } from '../../src/plan/revisions/index.ts'
import { belplan } from './belplan.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-diff-'))))
afterEach(() => rm(folder, { recursive: true }))

const diff = (...args: string[]) => belplan(['diff', ...args], { cwd: folder })

const ringing = (...destination: string[]) => ({
  plans: { main: { numbers: ['+31502100000'], steps: [{ type: 'bridge', destination }] } },
})

async function set(name: string, documents: Record<string, object>): Promise<string> {
  await mkdir(join(folder, name), { recursive: true })
  for (const [document, content] of Object.entries(documents))
    await writeFile(join(folder, name, `${document}.json`), JSON.stringify(content))
  return name
}

/** Keeps the set as a controller with this data folder does; returns its revision. */
async function kept(name: string, documents: Record<string, object>, data = 'data'): Promise<string> {
  const { revision, content } = await loadSet(join(folder, await set(name, documents)))
  await openRevisions(join(folder, data, 'revisions')).keep(revision, content)
  return revision
}

test('command-line diff: what is different, document by document, in lines of 80 columns: 1', async () => {
  await set('a', { acme: ringing('215'), zoo: { audio: { x: 'short.wav' }, plans: { m: { steps: [] } } } })
  const long = `${'long/'.repeat(20)}name.wav`
  await set('b', { acme: ringing('215', '217'), zoo: { audio: { x: long }, plans: { m: { steps: [] } } } })
  const { code, out, err } = await diff('a', 'b')
  expect([code, err]).toEqual([1, ''])
  expect(out.split('\n').slice(0, 4)).toEqual([
    'acme',
    '  in `main`, step 1 rings 217 as well',
    'zoo',
    `  the audio \`x\` is now ${long.slice(0, 57)}`,
  ])
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(out.replaceAll(/\n {4}/g, '')).toContain(long)
})

test('command-line diff: nothing is different: 0', async () => {
  const [a, b] = [
    await set('a', { acme: ringing('215') }),
    await set('b', { acme: { version: 1, ...ringing('215') } }),
  ]
  // The version is in the revision, and the same for calls.
  expect((await diff(a, b)).code).toBe(1)
  expect(await diff(a, a)).toEqual({ code: 0, out: 'no difference', err: '' })
  expect(await diff(a, a, '--json')).toEqual({ code: 0, out: '', err: '' })
})

test('command-line diff --json: a line for each change', async () => {
  await set('a', { acme: ringing('215') })
  await set('b', { acme: ringing('215', '217') })
  const { code, out } = await diff('a', 'b', '--json')
  expect(code).toBe(1)
  expect(JSON.parse(out)).toEqual({
    document: 'acme',
    plan: 'main',
    step: 'main/0',
    kind: 'step',
    sentence: 'in `main`, step 1 rings 217 as well',
  })
})

test('command-line diff: two single documents are two forms of one', async () => {
  await set('.', { old: ringing('215'), new: ringing('215', '217') })
  expect((await diff('old.json', 'new.json')).out).toBe('old\n  in `main`, step 1 rings 217 as well')
  expect((await diff('old.json', 'old.json')).code).toBe(0)
})

test('command-line diff: revisions of the data folder that the configuration names', async () => {
  await writeFile(join(folder, 'c.json'), JSON.stringify({ data: 'elsewhere' }))
  const one = await kept('one', { acme: ringing('215') }, 'elsewhere')
  const two = await kept('two', { acme: ringing('215', '217') }, 'elsewhere')
  const expected = 'acme\n  in `main`, step 1 rings 217 as well'
  expect(await diff(one, two, '--config', 'c.json')).toEqual({ code: 1, out: expected, err: '' })
  expect((await diff(one, 'two', '--config', 'c.json')).out).toBe(expected)
  expect((await diff(one, two)).code).toBe(2)
})

test('command-line diff: a folder with a name like a revision', async () => {
  await set('0123456789ab', { acme: ringing('215') })
  await set('b', { acme: ringing('216') })
  expect((await diff('./0123456789ab', 'b')).code).toBe(1)
  const { code, err } = await diff('0123456789ab', 'b')
  expect(code).toBe(2)
  expect(err).toContain('./0123456789ab')
})

test.for<[string, string[]]>([
  ['there is no such folder', ['good', 'none']],
  ['a set does not validate', ['good', 'bad']],
  ['there is no such configuration', ['good', 'good', '--config', 'none.json']],
  ['one set is missing', ['good']],
  ['there is one too many', ['good', 'good', 'good']],
])('command-line diff: 2 where %s', async ([, args]) => {
  await set('good', { acme: ringing('215') })
  await set('bad', { acme: { plans: {} } })
  const { code, out, err } = await diff(...args)
  expect([code, out]).toEqual([2, ''])
  expect(err).not.toBe('')
})

test('command-line diff: what a document says turns no line around on a terminal', async () => {
  const named = (text: string) => ({
    plans: { main: { steps: [{ type: 'callername', mode: 'replace', text }] } },
  })
  await set('a', { acme: named('a') })
  await set('b', { acme: named('\u202e\u001b[2J') })
  const { out } = await diff('a', 'b')
  expect(out).toContain('sets the name to "\\u202e\\u001b[2J"')
})
