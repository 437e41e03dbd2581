import { createHash } from 'node:crypto'
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, linkSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findDocuments } from '../../../src/plan/loading/folder.ts'
import { loadSet } from '../../../src/plan/loading/load-set.ts'
import { documentOn, documentsOf, optionsFor, plans, setOf, temporaryFolder, writeSet } from '../fixtures.ts'

describe('§1 documents', () => {
  test('a document is named by its path without .json, sub-folders included; other files are passed over', async () => {
    const set = await setOf({
      'b.json': documentOn('1'),
      'a/b/c.json': documentOn('2'),
      'a.json': documentOn('3'),
      'README.md': 'not a document',
      '.hidden.json': '{',
      '.git/config.json': '{',
    })
    const { documents, errors } = await loadSet(set)
    expect(errors).toEqual([])
    expect(documents.map(({ name }) => name)).toEqual(['a', 'a/b/c', 'b'])
  })

  test('a set may be one file', async () => {
    const { documents } = await loadSet(join(plans, 'good/example.json'), optionsFor())
    expect(documents.map(({ name }) => name)).toEqual(['example'])
  })

  test('a file whose name is no name is an error', async () => {
    const { errors } = await loadSet(
      await setOf({ 'my plan.json': documentOn('1'), '_old/a.json': documentOn('2') }),
    )
    expect(errors.map(({ file, message }) => [file.split('/').at(-1), message.split('"')[1]])).toEqual([
      ['a.json', '_old'],
      ['my plan.json', 'my plan'],
    ])
  })

  test('a path that is not there says so', async () => {
    const path = join(await temporaryFolder(), 'nowhere')
    await expect(loadSet(path)).rejects.toMatchObject({
      code: 'plans',
      message: `cannot read the plan set ${path}: there is no such file or folder`,
    })
  })

  test('a revision is the hash of the RFC 8785 form of all documents', async () => {
    const second =
      '{"plans":{"main":{"numbers":["2"],"steps":[{"destination":"215","type":"bridge","x-ring":1.50}]}},"x-z":"é"}'
    const set = await setOf({ 'b.json': second, 'a.json': { $schema: 'x', version: 1, ...documentOn('1') } })
    const canonical =
      '[["a",{"plans":{"main":{"numbers":["1"],"steps":[{"type":"hangup"}]}},"version":1}],' +
      '["b",{"plans":{"main":{"numbers":["2"],"steps":[{"destination":"215","type":"bridge","x-ring":1.5}]}},"x-z":"é"}]]'
    const { revision, content } = await loadSet(set)
    expect(content.toString()).toBe(canonical)
    expect(revision).toBe(createHash('sha256').update(canonical).digest('hex').slice(0, 12))
  })

  test('same content, same revision, however it is written; another name is other content', async () => {
    const revisionOf = async (files: Record<string, unknown>) => (await loadSet(await setOf(files))).revision
    const once = await revisionOf({
      'a.json': '{ "version": 1, "plans": { "m": { "numbers": ["1"], "steps": [] } } }',
    })
    const again = await revisionOf({
      'a.json': '{\n"plans":{"m":{"steps":[],"numbers":["\\u0031"]}},"version":1.0,\n"$schema":"else"}',
    })
    const renamed = await revisionOf({
      'b.json': '{ "version": 1, "plans": { "m": { "numbers": ["1"], "steps": [] } } }',
    })
    expect(again).toBe(once)
    expect(renamed).not.toBe(once)
  })

  test('defaults are filled in, on every level', async () => {
    const set = await setOf({
      'a.json': {
        audio: { hi: 'hi.wav' },
        webhooks: { crm: { urlTemplate: 'https://crm.example/', ivr: { startMessage: 'hi' } } },
        plans: {
          m: {
            steps: [{ type: 'webhook', webhook: 'crm', failure: [{ type: 'bridge', destination: '1' }] }],
          },
        },
      },
    })
    const document = documentsOf(await loadSet(set)).get('a')!
    expect(document.version).toBe(1)
    expect(document.webhooks.crm).toEqual({
      description: '',
      urlTemplate: 'https://crm.example/',
      reply: 'required',
      method: 'GET',
      timeoutSeconds: 3,
      headers: {},
      retries: 0,
      cacheSeconds: 0,
      staleIfErrorSeconds: 0,
      ivr: {
        startMessage: 'hi',
        timeoutSeconds: 10,
        interDigitSeconds: 3,
        attempts: 3,
        minDigits: 1,
        maxDigits: 20,
        terminator: '#',
      },
    })
    expect(document.plans.m).toEqual({
      numbers: [],
      steps: [
        {
          type: 'webhook',
          webhook: 'crm',
          success: [],
          failure: [{ type: 'bridge', destination: '1', ringSeconds: 30, strategy: 'simultaneous' }],
        },
      ],
    })
    const nothing = documentsOf(
      await loadSet(await setOf({ 'a.json': { plans: { m: { steps: [] } } } })),
    ).get('a')
    expect(nothing).toMatchObject({ version: 1, audio: {}, webhooks: {} })
  })

  test('what begins with x- is ignored, but for request headers', async () => {
    const set = await loadSet(join(plans, 'good/every-field.json'), optionsFor('every-field'))
    const document = documentsOf(set).get('every-field')!
    expect(JSON.stringify(document).match(/"x-[^"]*"/g)).toEqual(['"x-api-key"'])
    expect(Object.keys(document.plans)).toEqual(['main', 'greeting', 'support'])
  })

  test('headers of a plan called headers are not request headers', async () => {
    const plan = { 'x-note': 1, steps: [{ type: 'hangup', 'x-why': 2 }] }
    const set = await loadSet(await setOf({ 'a.json': { plans: { headers: plan, webhooks: { ...plan } } } }))
    expect(JSON.stringify(documentsOf(set).get('a'))).not.toContain('x-')
  })

  test('internal numbers of documents with different domains are different entries', async () => {
    const withDomain = (domain: string) => ({ domain, ...documentOn('215', '2*') })
    const set = await setOf({
      'a.json': withDomain('a.example'),
      'b.json': withDomain('b.example'),
      'c.json': documentOn('215'),
    })
    expect((await loadSet(set)).errors).toEqual([])
    await writeSet(set, { 'd.json': withDomain('A.example') })
    const { errors } = await loadSet(set)
    expect(errors.map(({ document, pointer }) => [document, pointer])).toEqual([
      ['d', '/plans/main/numbers/0'],
      ['d', '/plans/main/numbers/1'],
    ])
  })

  test('E.164 numbers belong to the whole set, whatever the domain', async () => {
    const set = await setOf({
      'a.json': { domain: 'a.example', ...documentOn('+31502100000') },
      'b.json': { domain: 'b.example', ...documentOn('+31502100000') },
    })
    expect((await loadSet(set)).errors.map(({ document }) => document)).toEqual(['b'])
  })
})

describe('links', () => {
  test('one that leads out of the folder is an error and is not followed', async () => {
    const outside = await setOf({ 'secret.json': documentOn('1'), 'more/a.json': documentOn('2') })
    const set = await setOf({ 'a.json': documentOn('3') })
    await symlink(join(outside, 'secret.json'), join(set, 'b.json'))
    await symlink(join(outside, 'more'), join(set, 'c'))
    const { errors } = await loadSet(set)
    expect(errors.map(({ document, message }) => [document, message])).toEqual([
      ['b', expect.stringContaining('leads out of the plan folder')],
      ['c', expect.stringContaining('leads out of the plan folder')],
    ])
  })

  test('a folder beside it whose name begins the same is outside', async () => {
    const parent = await setOf({ 'plans-old/a.json': documentOn('1'), 'plans/b.json': documentOn('2') })
    await symlink('../plans-old/a.json', join(parent, 'plans/a.json'))
    expect((await loadSet(join(parent, 'plans'))).errors.map(({ document }) => document)).toEqual(['a'])
  })

  test('one that stays in the folder is followed, as in a mounted volume', async () => {
    const set = await setOf({ '..2026_11_22/acme.json': documentOn('1') })
    await symlink('..2026_11_22', join(set, '..data'))
    await symlink('..data/acme.json', join(set, 'acme.json'))
    const { documents, errors } = await loadSet(set)
    expect(errors).toEqual([])
    expect(documents.map(({ name }) => name)).toEqual(['acme'])
  })

  test('one that leads in a circle or nowhere is an error', async () => {
    const set = await setOf({ 'a.json': documentOn('1') })
    await mkdir(join(set, 'sub'))
    await symlink('..', join(set, 'sub/up'))
    await symlink('gone.json', join(set, 'b.json'))
    await symlink('gone.md', join(set, 'README.md'))
    await symlink('/etc/hostname', join(set, 'host'))
    await mkdir(join(set, 'lost+found'))
    await symlink('.', join(set, 'sub/here'))
    const { errors } = await loadSet(set)
    expect(errors.map(({ document, message }) => [document, message])).toEqual([
      ['b', expect.stringContaining('nowhere')],
      ['sub/here', expect.stringContaining('in a circle')],
      ['sub/up', expect.stringContaining('in a circle')],
    ])
  })

  test('two in each of thirty folders, to the next of them, are looked at once each', async () => {
    const set = await setOf({ 'acme.json': documentOn('1') })
    for (let i = 0; i <= 30; i++) await mkdir(join(set, `evil/d${i}`), { recursive: true })
    for (let i = 0; i < 30; i++)
      for (const link of ['a', 'b']) await symlink(`../d${i + 1}`, join(set, `evil/d${i}/${link}`))
    const { errors } = await loadSet(set)
    expect(errors).toHaveLength(60)
    expect(errors[0]).toMatchObject({
      document: 'evil/d0/a',
      message: expect.stringContaining('in the set already') as string,
    })
  })

  test('a second way to a folder is an error, and never takes the place of the folder itself', async () => {
    const set = await setOf({ 'bank/main.json': documentOn('1'), '.hidden/deep/b.json': documentOn('2') })
    await mkdir(join(set, 'aaa'))
    await symlink('../bank', join(set, 'aaa/stolen'))
    await symlink('../.hidden', join(set, 'aaa/hidden'))
    await symlink('.hidden/deep', join(set, 'zzz'))
    const { files, faults } = await findDocuments(set)
    expect(files.map(({ name }) => name)).toEqual(['bank/main', 'zzz/b'])
    expect(faults.map(({ document }) => document)).toEqual(['aaa/hidden/deep', 'aaa/stolen'])
  })

  test('100,000 files of one folder do not hold up the others', { timeout: 60_000 }, async () => {
    const set = await setOf({
      'evil/a.txt': '',
      'acme.json': documentOn('1'),
      'bank/a.json': documentOn('2'),
    })
    const from = join(set, 'evil/a.txt')
    // Hard links: no blocks of the disk, and a file may have 65,000 of them on ext4.
    for (let i = 0; i < 50; i++) {
      await mkdir(join(set, `evil/${i}`))
      const own = join(set, `evil/${i}/0`)
      copyFileSync(from, own)
      for (let j = 1; j < 2001; j++) linkSync(own, join(set, `evil/${i}/${j}`))
    }
    const { files, faults } = await findDocuments(set)
    expect(files.map(({ name }) => name)).toEqual(['acme', 'bank/a'])
    expect(faults).toEqual([
      {
        document: 'evil',
        file: join(set, 'evil'),
        message: expect.stringContaining('more than 100000') as string,
      },
    ])
  })
})

describe('a folder that changes while it is read', () => {
  /** Puts the `others` in the place of `path` in turn, and back, until the test is over. */
  function swap(path: string, others: readonly string[]): void {
    const program = `
      const { renameSync } = require('node:fs')
      const [path, ...others] = process.argv.slice(1)
      for (;;) for (const other of others) {
        renameSync(path, path + '.away')
        renameSync(other, path)
        renameSync(path, other)
        renameSync(path + '.away', path)
      }`
    const child = spawn(process.execPath, ['-e', program, path, ...others], { stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
  }

  /** For a second; what was read each time. */
  async function loadAgainAndAgain(set: string): Promise<string[]> {
    const read: string[] = []
    for (const until = performance.now() + 1000; performance.now() < until;) {
      const loaded = await loadSet(set)
      const { errors } = loaded
      const numbers = [...documentsOf(loaded).values()].map(({ plans }) => Object.keys(plans).join())
      read.push(...numbers, ...errors.map(({ message }) => message))
    }
    return read
  }

  test('a link that takes a document’s place is not followed, a pipe not waited for', async () => {
    const outside = await setOf({ 'secret.json': { plans: { secret: { numbers: ['1'], steps: [] } } } })
    const set = await setOf({ 'a.json': documentOn('1') })
    await symlink(join(outside, 'secret.json'), join(set, 'link'))
    execFileSync('mkfifo', [join(set, 'pipe')])
    swap(join(set, 'a.json'), [join(set, 'link'), join(set, 'pipe')])
    const read = await loadAgainAndAgain(set)
    expect(read.length).toBeGreaterThan(10)
    expect(read).not.toContain('secret')
  })

  test('nor is a link that takes the place of a folder on the way', async () => {
    const outside = await setOf({ 'a.json': { plans: { secret: { numbers: ['1'], steps: [] } } } })
    const set = await setOf({ 'sub/a.json': documentOn('1'), 'b.json': documentOn('2') })
    await symlink(outside, join(set, 'link.txt'))
    swap(join(set, 'sub'), [join(set, 'link.txt')])
    const read = await loadAgainAndAgain(set)
    expect(read.length).toBeGreaterThan(10)
    expect(read).not.toContain('secret')
  })

  test('a file that grows without end is read no further than it was', async () => {
    const set = await setOf({ 'a.json': documentOn('1') })
    const growing = spawn(
      process.execPath,
      [
        '-e',
        `
      const { appendFileSync, truncateSync } = require('node:fs')
      for (let i = 0; ; i++) i % 100 === 0 ? truncateSync(process.argv[1]) : appendFileSync(process.argv[1], ' ')
    `,
        join(set, 'a.json'),
      ],
      { stdio: 'ignore' },
    )
    onTestFinished(() => void growing.kill('SIGKILL'))
    const read = await loadAgainAndAgain(set)
    // As many as come in a second; one that read on and on would be the only one.
    expect(read.length).toBeGreaterThan(2)
  })
})

// 3 s are aimed at; the bound leaves room for what runs beside it.
test('5,000 documents with 100,000 numbers are validated within seconds', { timeout: 60_000 }, async () => {
  const steps = [
    { type: 'webhook', webhook: 'crm', success: [{ type: 'bridge', from: 'webhook' }], failure: [] },
    { type: 'bridge', destination: ['215', '216'] },
    { type: 'transfer', destination: '8000' },
  ]
  const files = Array.from({ length: 5000 }, (_, i) => {
    const numbers = Array.from({ length: 20 }, (_, j) => `+3150${2_000_000 + i * 20 + j}`)
    const webhooks = { crm: { urlTemplate: 'https://crm.example/?n={did}' } }
    return [`c${i}.json`, { webhooks, plans: { main: { numbers, steps } } }] as const
  })
  const set = await setOf(Object.fromEntries(files))
  const began = performance.now()
  const { documents, errors } = await loadSet(set, optionsFor())
  const seconds = (performance.now() - began) / 1000
  expect({ documents: documents.length, errors }).toEqual({ documents: 5000, errors: [] })
  expect(seconds).toBeLessThan(9)
})
