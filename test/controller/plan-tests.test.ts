/** The tests beside documents, by the API: got, put, taken away and run; and what a draft would change. */
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createControllers, oneBridge } from '../harness/controller.ts'
import { type Answer, auditIn, startForPublishers } from './publishers.ts'

// Each is run in a process of its own, behind all else that the machine does.
vi.setConfig({ testTimeout: 120_000 })

const controllers = createControllers()
afterEach(() => controllers.end())

const did = '+31502100000'
/** With these files, by their names below the plan folder without `.json`. */
async function started(documents: Record<string, Record<string, unknown>>, config = {}) {
  const found = await startForPublishers(controllers, { documents, config })
  return { ...found, plans: join(found.folder, 'plans') }
}

const testsThat = (...cases: object[]) => ({ version: 1, cases })
const rings = (destination: string, name = `rings ${destination}`) => ({
  ...{ name, call: { did }, expect: { rings: [destination] } },
})
const codeOf = ({ status, body }: Answer) => [status, body.error?.code]
const messagesOf = ({ body }: Answer) =>
  ((body.error?.details ?? []) as { message: string }[]).map(({ message }) => message)

/** It rings 215. */
const acme = oneBridge(did)

describe('api GET, PUT and DELETE /plans/tests/{name}', () => {
  test('tests are written beside their document as they were sent, with what became of them, and taken away again', async () => {
    const { plans, folder, ask } = await started({ 'north/acme': acme })
    const url = '/plans/tests/north/acme'
    expect(codeOf(await ask('GET', url))).toEqual([404, 'notFound'])
    const sent = JSON.stringify(testsThat(rings('215'), rings('217')), undefined, 3)
    const put = await ask('PUT', url, sent, { 'if-none-match': '*' })
    expect(put).toMatchObject({
      status: 201,
      body: {
        changed: false,
        tests: {
          ...{ passed: 1, failed: 1, more: false },
          cases: [
            {
              name: 'rings 215',
              passed: true,
              failures: [],
              walked: expect.stringMatching(/^main\/0 /) as string,
            },
            {
              ...{ name: 'rings 217', passed: false },
              failures: [
                {
                  ...{ line: 22, pointer: '/cases/1/expect/rings/0', field: 'rings.0' },
                  ...{ expected: '217', got: '215', step: 'main/0' },
                  message: 'rings.0: expected 217, got 215',
                  at: expect.stringMatching(/^main\/0 \(bridge\), \d+\.\d\d s$/) as string,
                },
              ],
            },
          ],
          coverage: { walked: 1 },
        },
      },
    })
    expect(await readFile(join(plans, 'north/acme.test.json'), 'utf8')).toBe(sent)
    const got = await ask('GET', url)
    expect([got.text, got.etag]).toEqual([sent, put.etag])

    const failed = [412, 'preconditionFailed']
    const other = testsThat(rings('215'))
    expect(codeOf(await ask('PUT', url, other, { 'if-none-match': '*' }))).toEqual(failed)
    expect(codeOf(await ask('PUT', url, other, { 'if-match': '"x"' }))).toEqual(failed)
    expect(codeOf(await ask('PUT', url, other))).toEqual([428, 'preconditionRequired'])
    expect(codeOf(await ask('DELETE', url, undefined, { 'if-match': '"x"' }))).toEqual(failed)
    const second = await ask('PUT', url, other, { 'if-match': put.etag! })
    expect([second.status, second.etag === put.etag]).toEqual([200, false])
    expect((await ask('DELETE', url, undefined, { 'if-match': second.etag! })).status).toBe(200)
    expect(await readdir(join(plans, 'north'))).toEqual(['acme.json'])
    expect(codeOf(await ask('DELETE', url, undefined, { 'if-match': '*' }))).toEqual([404, 'notFound'])

    expect((await auditIn(folder)).slice(1)).toMatchObject([
      { what: 'putTests', documents: ['north/acme'], token: 'all', outcome: 'unchanged' },
      { what: 'putTests', outcome: 'unchanged' },
      { what: 'deleteTests', outcome: 'unchanged' },
    ])
  })

  test('a file that is no tests, or tests of no document, is refused with what is wrong and where', async () => {
    const { plans, ask } = await started({ acme })
    const put = (body: unknown, name = 'acme') =>
      ask('PUT', `/plans/tests/${name}`, body, { 'if-none-match': '*' })
    const misspelled = await put('{\n "cases": [\n  {"name": "a", "cal": {}, "expect": {"ends": "talked"}}]}')
    expect(misspelled).toMatchObject({
      status: 422,
      body: {
        error: {
          code: 'invalid',
          details: expect.arrayContaining([
            expect.objectContaining({ document: 'acme', file: 'acme.test.json', line: 3 }),
          ]) as unknown,
        },
      },
    })
    expect(codeOf(await put('{'))).toEqual([422, 'invalid'])
    expect(codeOf(await put(testsThat(rings('215')), 'nobody'))).toEqual([404, 'notFound'])
    expect(await readdir(plans)).toEqual(['acme.json'])
  })

  test('where tests are required, those that fail are refused, and those that pass let a document serve', async () => {
    const { controller, plans, ask } = await started({ acme }, { requireTests: true })
    const before = controller.plans.current().revision
    const put = (body: unknown) => ask('PUT', '/plans/tests/acme', body, { 'if-none-match': '*' })
    const failing = await put(testsThat(rings('217')))
    expect(codeOf(failing)).toEqual([422, 'invalid'])
    expect(messagesOf(failing)).toEqual(['the test "rings 217" fails: rings.0: expected 217, got 215'])
    expect(await readdir(plans)).toEqual(['acme.json'])
    expect(await put(testsThat(rings('215')))).toMatchObject({
      status: 201,
      body: { revision: before, tests: { passed: 1, failed: 0 } },
    })
    // From now on the document has to pass.
    const other = JSON.stringify(acme).replace('"215"', '"217"')
    const refused = await ask('PUT', '/plans/documents/acme', other, { 'if-match': '*' })
    expect(messagesOf(refused)).toEqual(['the test "rings 215" fails: rings.0: expected 215, got 217'])
    expect((await ask('DELETE', '/plans/tests/acme', undefined, { 'if-match': '*' })).status).toBe(200)
    expect((await ask('PUT', '/plans/documents/acme', other, { 'if-match': '*' })).status).toBe(200)
  })

  test('a token for some documents has theirs alone, and hears of no other', async () => {
    const south = oneBridge('+31502100001')
    const { ask, north } = await started(
      { 'north/a': acme, south, 'south.test': testsThat(rings('215')) },
      { requireTests: false },
    )
    expect((await north('GET', '/plans/tests/south')).status).toBe(403)
    expect((await north('PUT', '/plans/tests/south', testsThat(), { 'if-match': '*' })).status).toBe(403)
    const run = { name: 'north/a', tests: testsThat({ ...rings('215'), call: { did: '+31502100001' } }) }
    const answers = [await north('POST', '/plans/tests/run', run), await ask('POST', '/plans/tests/run', run)]
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 200, body: { failed: 1 } })
      expect(answer.text).not.toContain('south')
    }
  })
})

describe('api POST /plans/tests/run', () => {
  test('as they are on disk, or as somebody writes them; nothing is changed', async () => {
    const { plans, ask } = await started({ acme })
    const run = (body: object) => ask('POST', '/plans/tests/run', { name: 'acme', ...body })
    expect(codeOf(await run({}))).toEqual([404, 'notFound'])
    const tests = testsThat(rings('215'))
    expect(await run({ tests })).toMatchObject({ status: 200, body: { passed: 1, failed: 0 } })
    await writeFile(join(plans, 'acme.test.json'), JSON.stringify(tests))
    const branched = {
      plans: { main: { numbers: [did], steps: [{ type: 'bridge', destination: '217', on: { busy: [{ type: 'hangup' }] } }] } },
    } // prettier-ignore
    const drafted = await run({ document: branched })
    expect(drafted).toMatchObject({ status: 200, body: { passed: 0, failed: 1 } })
    expect(drafted.body['coverage']).toEqual({
      ...{ total: 3, walked: 1 },
      missing: [
        { step: 'main/0', branch: 'on/busy', says: expect.stringContaining('busy') as string },
        { step: 'main/0/on/busy/0', says: expect.any(String) as string },
      ],
    })
    // The same as text, whose findings have the place in it.
    const text = '{"plans": {\n  "main": {"steps": [{"type": "brigde"}]}}}'
    expect(await run({ document: text })).toMatchObject({
      status: 422,
      body: { error: { details: [{ file: 'acme.json', line: 2 }] } },
    })
    expect(await run({ tests: '{\n"cases": 1}' })).toMatchObject({
      status: 422,
      body: { error: { details: [{ file: 'acme.test.json', line: 2 }] } },
    })
    for (const body of [{ tests: 1 }, { name: '../a' }, { drafts: {} }])
      expect(codeOf(await run(body))).toEqual([400, 'malformed'])
    expect((await readdir(plans)).sort()).toEqual(['acme.json', 'acme.test.json'])
  })

  test('tests that run away are ended, and calls go on meanwhile', async () => {
    const { controller, ask } = await started({ acme })
    const round = {
      audio: { tone: 'tone.wav' },
      plans: { main: { numbers: [did], steps: [{ type: 'play', audio: 'tone' }, { type: 'goto', plan: 'main' }] } },
    } // prettier-ignore
    const tests = testsThat(
      ...Array.from({ length: 2000 }, (_, i) => ({
        name: `round ${i}`,
        call: { did },
        expect: { sip: 486 },
      })),
    )
    const before = process.cpuUsage()
    const answer = await ask('POST', '/plans/tests/run', { name: 'acme', document: round, tests })
    const { user, system } = process.cpuUsage(before)
    // However fast the machine is: either all are through in 20 s, or they are ended by name.
    if (answer.status === 200) {
      expect(answer.body).toMatchObject({ failed: 2000, more: true })
      expect(answer.text.length).toBeLessThan(1024 * 1024)
    } else {
      expect(codeOf(answer)).toEqual([422, 'invalid'])
      expect(messagesOf(answer)).toEqual([expect.stringContaining('longer than a document may') as string])
    }
    expect(controller.plans.state()).toBe('current')
    // Here, where calls would be, it costs next to nothing: all of it takes 20 s.
    expect((user + system) / 1e6).toBeLessThan(4)
  })
})

describe('api POST /plans/diff', () => {
  test('says what a draft would change of the document on disk, and changes nothing', async () => {
    const { plans, ask } = await started({ acme })
    const other = JSON.stringify(acme).replace('"215"', '"217"')
    const diff = (body: unknown, name = 'acme') => ask('POST', `/plans/diff?name=${name}`, body)
    const changed = await diff(other)
    expect(changed).toMatchObject({ status: 200, body: { more: false } })
    expect(changed.body['changes']).toMatchObject([
      { document: 'acme', plan: 'main', kind: 'step', sentence: expect.stringContaining('217') as string },
    ])
    expect((await diff(acme)).body['changes']).toEqual([])
    expect((await diff(acme, 'new')).body['changes']).toMatchObject([
      { document: 'new', kind: 'documentAdded' },
      { document: 'new', kind: 'numbersAdded' },
    ])
    expect(await diff('{\n"plans": }')).toMatchObject({
      status: 422,
      body: { error: { code: 'invalid', details: [{ line: 2 }] } },
    })
    await writeFile(join(plans, 'acme.json'), '{')
    const { status, text } = await diff(other)
    expect([status, text]).toEqual([422, expect.stringContaining('does not validate')])
  })
})
