/** Plans are published by the API: documents, rollback, revisions, and what would change. */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { type Controller, createControllers, oneBridge } from '../harness/controller.ts'
import { type Ask, auditIn, startForPublishers, tokens } from './publishers.ts'

// Each change is read in a process of its own, behind all else that the machine does.
vi.setConfig({ testTimeout: 120_000 })

const controllers = createControllers()
afterEach(() => controllers.end())

const number = (last: number) => `+3150210000${last}`
const one = (last: number) => oneBridge(number(last))

const started = (documents: Record<string, Record<string, unknown>>, config = {}) =>
  startForPublishers(controllers, { documents, config })

const onDisk = (folder: string, name: string) => readFile(join(folder, 'plans', `${name}.json`), 'utf8')
const leadsTo = (controller: Controller, last: number) =>
  controller.plans.current().find(number(last)).document

describe('api PUT and DELETE /plans/documents/{name}', () => {
  test('a document is got, changed, served and written as it was sent; the audit says so', async () => {
    const { controller, folder, ask } = await started({ acme: one(0), zoo: one(1) })
    const got = await ask('GET', '/plans/documents/acme')
    expect(got).toMatchObject({
      status: 200,
      body: one(0),
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) as string,
    })
    const sent = JSON.stringify(one(2), undefined, 3)
    const put = await ask('PUT', '/plans/documents/acme', sent, { 'if-match': got.etag! })
    const before = put.body.previous
    expect(put).toMatchObject({ status: 200, body: { changed: true, served: true } })
    expect(put.body.revision).toBe(controller.plans.current().revision)
    expect(await onDisk(folder, 'acme')).toBe(sent)
    expect([leadsTo(controller, 0), leadsTo(controller, 2)]).toEqual([undefined, 'acme'])
    expect((await ask('GET', '/plans/documents/acme')).etag).toBe(put.etag)
    const lines = await auditIn(folder)
    expect(lines.at(-1)).toMatchObject({
      ...{ token: 'all', address: '127.0.0.1', what: 'put', documents: ['acme'] },
      ...{ from: before, to: put.body.revision, outcome: 'changed' },
    })
    // Nothing is left to reload.
    expect((await ask('POST', '/plans/reload')).body).toMatchObject({ changed: false })
  })

  test('a new document, in a folder that is not there yet; then it is taken away', async () => {
    const { controller, folder, ask } = await started({ acme: one(0) })
    const put = await ask('PUT', '/plans/documents/north/new/shop', one(5), { 'if-none-match': '*' })
    expect(put).toMatchObject({ status: 201, body: { served: true } })
    expect(leadsTo(controller, 5)).toBe('north/new/shop')
    const gone = await ask('DELETE', '/plans/documents/north/new/shop', undefined, { 'if-match': put.etag! })
    expect(gone).toMatchObject({ status: 200, etag: null, body: { changed: true } })
    expect(leadsTo(controller, 5)).toBeUndefined()
    expect(await readdir(join(folder, 'plans/north/new'))).toEqual([])
    expect((await ask('GET', '/plans/documents/north/new/shop')).status).toBe(404)
    expect((await auditIn(folder)).at(-1)).toMatchObject({ what: 'delete', documents: ['north/new/shop'] })
  })

  test('who does not say which document is there, or says a wrong one, changes nothing', async () => {
    const { folder, ask } = await started({ acme: one(0), zoo: one(1) })
    const { etag } = await ask('GET', '/plans/documents/acme')
    const { etag: other } = await ask('GET', '/plans/documents/zoo')
    const put = (headers: Record<string, string>, name = 'acme') =>
      ask('PUT', `/plans/documents/${name}`, one(2), headers)
    const failed = [412, 'preconditionFailed']
    const missing = [428, 'preconditionRequired']
    for (const [expected, answer] of [
      [missing, await put({})],
      [missing, await put({}, 'new')],
      [failed, await put({ 'if-match': other! })],
      [failed, await put({ 'if-match': `W/${etag!}` })],
      [failed, await put({ 'if-match': etag!, 'if-none-match': '*' })],
      [failed, await put({ 'if-none-match': '*' })],
      [failed, await put({ 'if-match': '*' }, 'new')],
      [missing, await ask('DELETE', '/plans/documents/acme')],
      [failed, await ask('DELETE', '/plans/documents/acme', undefined, { 'if-match': other! })],
      [[404, 'notFound'], await ask('DELETE', '/plans/documents/new', undefined, { 'if-match': '*' })],
    ] as const)
      expect([answer.status, answer.body.error?.code]).toEqual(expected)
    expect(await onDisk(folder, 'acme')).toBe(JSON.stringify(one(0)))
    // What was not tried is not in the audit: whoever may publish does not fill it.
    expect((await auditIn(folder)).map(({ what }) => what)).toEqual(['start'])
    expect((await put({ 'if-match': `"x", ${etag!}` })).status).toBe(200)
  })

  test('of two who change the same document at the same time one wins', async () => {
    const { controller, ask } = await started({ acme: one(0) })
    const { etag } = await ask('GET', '/plans/documents/acme')
    const answers = await Promise.all(
      [2, 3].map((last) => ask('PUT', '/plans/documents/acme', one(last), { 'if-match': etag! })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412])
    const winner = answers.findIndex(({ status }) => status === 200) + 2
    expect([2, 3].filter((last) => leadsTo(controller, last))).toEqual([winner])
  })

  test('a set that does not validate with it: 422 with what is wrong, and nothing is changed', async () => {
    const { controller, folder, ask } = await started({ acme: one(0), zoo: one(1) })
    const { revision } = controller.plans.current()
    const { etag } = await ask('GET', '/plans/documents/acme')
    const put = (body: unknown) => ask('PUT', '/plans/documents/acme', body, { 'if-match': etag! })
    expect(await put('{\n "plans": }')).toMatchObject({
      status: 422,
      body: { error: { code: 'invalid', details: [{ document: 'acme', file: 'acme.json', line: 2 }] } },
    })
    expect((await put(one(1))).body.error?.details).toMatchObject([
      { document: 'acme', message: expect.stringContaining('zoo.json') as string },
    ])
    expect((await ask('DELETE', '/plans/documents/acme')).status).toBe(428)
    expect(await onDisk(folder, 'acme')).toBe(JSON.stringify(one(0)))
    expect([controller.plans.current().revision, controller.plans.state()]).toEqual([revision, 'current'])
    const lines = (await auditIn(folder)).filter(({ what }) => what !== 'start')
    const refused = { documents: ['acme'], outcome: 'refused', why: 'invalid', from: revision, to: revision }
    expect(lines).toMatchObject([
      { what: 'put', ...refused },
      { what: 'put', ...refused },
    ])
  })

  test('the last document cannot be taken away', async () => {
    const { folder, ask } = await started({ acme: one(0) })
    const gone = await ask('DELETE', '/plans/documents/acme', undefined, { 'if-match': '*' })
    expect(gone.status).toBe(422)
    expect(await onDisk(folder, 'acme')).toBe(JSON.stringify(one(0)))
  })

  test('with keepPrevious it is refused all the same, and others are held back as at a reload', async () => {
    const { controller, folder, ask } = await started(
      { acme: one(0), zoo: one(1) },
      { invalidDocuments: 'keepPrevious' },
    )
    await writeFile(join(folder, 'plans/zoo.json'), '{')
    const put = (body: unknown) => ask('PUT', '/plans/documents/acme', body, { 'if-match': '*' })
    expect((await put('{')).status).toBe(422)
    expect((await put(one(1))).status).toBe(422)
    expect((await put(one(2))).status).toBe(200)
    expect([1, 2].map((last) => leadsTo(controller, last))).toEqual(['zoo', 'acme'])
  })

  test('a body of up to 4 MiB, and no more', async () => {
    const { ask } = await started({ acme: one(0) })
    const put = (bytes: number) => {
      const filled = { ...one(2), 'x-f': '' }
      const room = bytes - JSON.stringify(filled).length
      return ask('PUT', '/plans/documents/acme', { ...filled, 'x-f': 'a'.repeat(room) }, { 'if-match': '*' })
    }
    expect((await put(4 * 1024 * 1024)).status).toBe(200)
    const { status, body } = await put(4 * 1024 * 1024 + 1)
    expect([status, body.error?.code, body.error?.message]).toEqual([
      413,
      'tooLarge',
      'the body is larger than 4 MiB',
    ])
  })

  test.for([
    '.hidden',
    'a//b',
    '../a',
    'a%2f..%2fb',
    'a.json/',
    '%2e%2e/a',
    'a b',
    'n'.repeat(65),
    'acme.test',
  ])('the name %s is none', async (name) => {
    const { folder, ask } = await started({ acme: one(0) })
    const { status } = await ask('PUT', `/plans/documents/${name}`, one(2), { 'if-none-match': '*' })
    expect([400, 404, 422]).toContain(status)
    expect(await readdir(join(folder, 'plans'))).toEqual(['acme.json'])
  })

  test('nothing is written through a link', async () => {
    const { folder, ask } = await started({ acme: one(0), 'north/a': one(1) })
    const outside = await mkdtemp(join(tmpdir(), 'belplan-outside-'))
    const plans = join(folder, 'plans')
    await writeFile(join(outside, 'x.json'), JSON.stringify(one(4)))
    await symlink(outside, join(plans, 'out'))
    await symlink(join(outside, 'x.json'), join(plans, 'file.json'))
    await symlink(join(plans, 'north'), join(plans, 'within'))
    await symlink(join(plans, 'acme.json'), join(plans, 'north/alias.json'))
    for (const name of ['out/x', 'out/new', 'file', 'within/new', 'north/alias'])
      for (const headers of [{ 'if-none-match': '*' }, { 'if-match': '*' }])
        expect(
          (await ask('PUT', `/plans/documents/${name}`, one(5), headers as Record<string, string>)).status,
        ).toBeGreaterThan(400)
    expect(await readdir(outside)).toEqual(['x.json'])
    expect(await readFile(join(outside, 'x.json'), 'utf8')).toBe(JSON.stringify(one(4)))
    expect((await ask('GET', '/plans/documents/file')).status).toBe(422)
    expect((await ask('GET', '/plans/documents/north/alias')).body).toEqual(one(0))
    expect((await readdir(join(plans, 'north'))).sort()).toEqual(['a.json', 'alias.json'])
  })

  test('a file keeps its permissions', async () => {
    const { folder, ask } = await started({ acme: one(0) })
    const { mode } = await stat(join(folder, 'plans/acme.json'))
    await ask('PUT', '/plans/documents/acme', one(2), { 'if-match': '*' })
    expect((await stat(join(folder, 'plans/acme.json'))).mode).toBe(mode)
    await ask('PUT', '/plans/documents/new', one(3), { 'if-none-match': '*' })
    expect((await stat(join(folder, 'plans/new.json'))).mode & 0o777).toBe(0o660)
  })

  test('a token for some documents publishes those, and hears of no other', async () => {
    const owners = {
      'north/*': { numbers: [number(0), number(2)], domains: ['acme.example'] },
      south: { numbers: [number(1)], domains: ['acme.example'] },
    }
    const { controller, folder, north } = await started({ 'north/a': one(0), south: one(1) }, { owners })
    const put = (body: unknown, name = 'north/a') =>
      north('PUT', `/plans/documents/${name}`, body, { 'if-match': '*' })
    expect((await put(one(2))).status).toBe(200)
    expect(leadsTo(controller, 2)).toBe('north/a')
    for (const body of [one(1), { ...one(2), domain: 'south.example' }]) {
      const { status, body: answer } = await put(body)
      expect(status).toBe(422)
      expect(JSON.stringify(answer)).not.toMatch(/south(?!\.example)|elsewhere/)
      expect(JSON.stringify(answer)).not.toContain(folder)
    }
    for (const name of ['south', 'none', 'north'])
      expect((await put(one(2), name)).body.error?.code).toBe('lacksRight')
    expect((await north('GET', '/plans/documents/south')).status).toBe(403)

    // What is wrong with a document of somebody else is not told, only that something is.
    await writeFile(join(folder, 'plans/south.json'), '{')
    const refused = await put(one(0))
    expect(refused.status).toBe(422)
    expect(refused.body.error?.details).toEqual([])
    expect(JSON.stringify(refused.body)).not.toContain('south')
  })

  test('a number that a document of somebody else has, without owners: it is taken, and nobody says by whom', async () => {
    const { north } = await started({ 'north/a': one(0), south: one(1) })
    const { status, body } = await north('PUT', '/plans/documents/north/a', one(1), { 'if-match': '*' })
    expect(status).toBe(422)
    expect(body.error?.details).toMatchObject([
      { document: 'north/a', message: `"${number(1)}" leads elsewhere already; take it out` },
    ])
    expect(JSON.stringify(body)).not.toContain('south')
  })
})

describe('api rollback', () => {
  test('serves an earlier revision, says so everywhere, survives a restart, and ends with a reload', async () => {
    const { controller, folder, ask } = await started({ acme: one(0) })
    const first = controller.plans.current().revision
    const { body: put } = await ask('PUT', '/plans/documents/acme', one(2), { 'if-match': '*' })
    const rolled = await ask('POST', '/plans/rollback', { to: first })
    expect(rolled).toMatchObject({
      status: 200,
      body: { revision: first, previous: put.revision, changed: true },
    })
    expect(leadsTo(controller, 0)).toBe('acme')
    expect((await ask('GET', '/plans')).body).toMatchObject({ revision: first, state: 'rolledBack' })
    expect((await ask('GET', '/readyz')).body).toMatchObject({ plans: { state: 'rolledBack' } })
    const metrics = await (
      await fetch(`${controller.apiUrl}/metrics`, {
        headers: { authorization: `Bearer ${tokens.all.token}` },
      })
    ).text()
    expect(metrics).toMatch(/^belplan_plans_rolled_back 1$/m)
    await controller.stop()

    const again = await startForPublishers(controllers, { folder })
    expect(again.controller.plans.state()).toBe('rolledBack')
    expect(leadsTo(again.controller, 0)).toBe('acme')
    const reload = await again.ask('POST', '/plans/reload')
    expect(reload.body).toMatchObject({ revision: put.revision, previous: first })
    expect(again.controller.plans.state()).toBe('current')
    expect((await auditIn(folder)).map(({ what, to, outcome }) => [what, to, outcome])).toEqual([
      ['start', first, 'changed'],
      ['put', put.revision, 'changed'],
      ['rollback', first, 'changed'],
      ['start', first, 'unchanged'],
      ['reload', put.revision, 'changed'],
    ])
  })

  test('a document that is put meanwhile is written, and serves with the next reload', async () => {
    const { controller, folder, ask } = await started({ acme: one(0) })
    const first = controller.plans.current().revision
    await ask('PUT', '/plans/documents/acme', one(2), { 'if-match': '*' })
    await ask('POST', '/plans/rollback', { to: first })
    const put = await ask('PUT', '/plans/documents/acme', one(3), { 'if-match': '*' })
    expect(put).toMatchObject({ status: 200, body: { served: false, changed: false, revision: first } })
    expect([await onDisk(folder, 'acme'), leadsTo(controller, 0)]).toEqual([JSON.stringify(one(3)), 'acme'])
    expect((await ask('POST', '/plans/reload')).body).toMatchObject({ changed: true })
    expect(leadsTo(controller, 3)).toBe('acme')
  })

  test.for<[string, unknown, number]>([
    ['a revision that is not there', { to: '0123456789ab' }, 404],
    ['a path', { to: '../../belplan' }, 400],
    ['no revision', {}, 400],
    ['a number', { to: 5 }, 400],
    ['more than a revision', { to: '0123456789ab', and: 1 }, 400],
    ['no JSON', 'to=0123456789ab', 400],
    ['no body', undefined, 400],
  ])('to %s is refused', async ([, body, expected]) => {
    const { controller, ask } = await started({ acme: one(0) })
    expect((await ask('POST', '/plans/rollback', body)).status).toBe(expected)
    expect(controller.plans.state()).toBe('current')
  })
})

describe('api GET /plans/revisions', () => {
  interface History {
    revision: string
    state?: string
    revisions: {
      revision: string
      kept: boolean
      calls?: number
      served: { since: string; until?: string; how?: string; by?: string; controller?: string }[]
    }[]
  }
  const history = async (ask: Ask) => (await ask('GET', '/plans/revisions')).body as unknown as History

  test('what was served, since when, by whom, and how many calls, also of earlier runs', async () => {
    const { controller, folder, ask } = await started({ acme: one(0) })
    const first = controller.plans.current().revision
    const script = { did: number(0), domain: 'acme.example', digits: [], answers: {}, attempts: 3 }
    for (const last of ['1', '2'])
      await placeCall(controller.esl, {
        ...script,
        id: `3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af4${last}`,
        hangUp: { when: { afterMs: 50 } },
      })
    await controller.records()
    const { body: put } = await ask('PUT', '/plans/documents/acme', one(2), { 'if-match': '*' })
    await ask('POST', '/plans/rollback', { to: first })
    await controller.stop()

    const again = await startForPublishers(controllers, { folder })
    const { revision, state, revisions } = await history(again.ask)
    expect([revision, state]).toEqual([first, 'rolledBack'])
    const at = expect.stringMatching(/^\d{4}-/) as string
    const name = (one: { esl: { port: number } }) => expect.stringMatching(`:${one.esl.port}$`) as string
    const by = { by: 'all', controller: name(controller), since: at, until: at }
    expect(revisions).toEqual([
      {
        ...{ revision: first, kept: true, calls: 2 },
        served: [
          { how: 'start', controller: name(again.controller), since: at },
          { how: 'rollback', ...by },
          { how: 'start', controller: name(controller), since: at, until: at },
        ],
      },
      { revision: put.revision, kept: true, calls: 0, served: [{ how: 'put', ...by }] },
    ])
    const [newest] = revisions[0]!.served
    expect(newest!.since > revisions[0]!.served[1]!.until!).toBe(true)
    // Whose changes they were, and how many calls there are, is not for a token for some documents.
    const own = await history(again.north)
    expect(own.state).toBeUndefined()
    expect(JSON.stringify(own)).not.toMatch(/calls|by|how|controller/)
    expect(own.revisions.map(({ revision: one }) => one)).toEqual([first, put.revision])
  })

  test('what other programs put there, and what is old, is passed over', async () => {
    const { folder, ask } = await started({ acme: one(0) })
    const servings = join(folder, 'data/servings')
    // The controller makes it, in its own time.
    await mkdir(servings, { recursive: true })
    for (const [name, text] of Object.entries({
      'a.json': '{',
      'b.json': '[]',
      'c.json': 'null',
      'd.txt': '{}',
    }))
      await writeFile(join(servings, name), text)
    const old = {
      servings: [{ revision: '0123456789ab', controller: 'a:1', since: '2020-01-01', how: 'start' }],
      calls: {},
    }
    await writeFile(join(servings, 'old.json'), JSON.stringify(old))
    await utimes(join(servings, 'old.json'), 1, 1)
    expect((await history(ask)).revisions).toHaveLength(1)
    expect(await readdir(servings)).not.toContain('old.json')
  })
})

describe('api dry run, diff and revisions', () => {
  test('a dry run says what would change; then it is no change that a diff does not tell', async () => {
    const { controller, folder, ask } = await started({ acme: one(0) })
    const first = controller.plans.current().revision
    await writeFile(join(folder, 'plans/acme.json'), JSON.stringify(one(2)))
    const dry = await ask('POST', '/plans/reload?dryRun=true')
    expect(dry).toMatchObject({ status: 200, body: { changed: true, previous: first, more: false } })
    expect(controller.plans.current().revision).toBe(first)
    const changes = [
      {
        document: 'acme',
        plan: 'main',
        kind: 'numbersAdded',
        sentence: `${number(2)} now leads to \`main\``,
      },
      {
        document: 'acme',
        plan: 'main',
        kind: 'numbersRemoved',
        sentence: `${number(0)} no longer leads to \`main\``,
      },
    ]
    expect(dry.body.changes).toEqual(changes)
    expect((await auditIn(folder)).map(({ what }) => what)).toEqual(['start'])

    const { body: reloaded } = await ask('POST', '/plans/reload?dryRun=false')
    expect(reloaded).not.toHaveProperty('changes')
    expect((await ask('GET', `/plans/diff?from=${first}`)).body).toEqual({
      ...{ from: first, to: reloaded.revision, changes, more: false },
    })
    expect((await ask('GET', `/plans/diff?from=${first}&to=${first}`)).body.changes).toEqual([])
    await writeFile(join(folder, 'plans/acme.json'), '{')
    expect((await ask('POST', '/plans/reload?dryRun=true')).status).toBe(422)
    expect(controller.plans.state()).toBe('current')
  })

  test.for([
    ['/plans/diff', 400],
    ['/plans/diff?from=x', 400],
    ['/plans/diff?from=0123456789ab', 404],
    ['/plans/revisions/0123456789ab', 404],
    ['/plans/revisions/..%2f..%2fbelplan', 400],
    ['/plans/reload?dryRun=perhaps', 400],
  ] as const)('%s is %s', async ([path, expected]) => {
    const { ask } = await started({ acme: one(0) })
    expect((await ask(path.includes('reload') ? 'POST' : 'GET', path)).status).toBe(expected)
  })

  test('the documents of a revision: its name is the hash of what is sent; of a token for some documents those', async () => {
    const { controller, ask, north } = await started({ 'north/a': one(0), south: one(1) })
    const { revision } = controller.plans.current()
    const all = await ask('GET', `/plans/revisions/${revision}`)
    expect(all).toMatchObject({
      status: 200,
      etag: `"${revision}"`,
      body: [
        ['north/a', one(0)],
        ['south', one(1)],
      ],
    })
    const text = JSON.stringify(all.body)
    expect(createHash('sha256').update(text).digest('hex').slice(0, 12)).toBe(revision)
    const own = await north('GET', `/plans/revisions/${revision}`)
    expect(own.body).toEqual([['north/a', one(0)]])
    expect(own.etag).not.toBe(all.etag)
  })

  test('a token for some documents is told of the changes of those', async () => {
    const { controller, ask, north } = await started({ 'north/a': one(0), south: one(1) })
    const { revision: from } = controller.plans.current()
    await ask('PUT', '/plans/documents/south', one(5), { 'if-match': '*' })
    expect((await north('GET', `/plans/diff?from=${from}`)).body).toMatchObject({ changes: [], more: false })
    await ask('PUT', '/plans/documents/north/a', one(1), { 'if-match': '*' })
    const { body } = await north('GET', `/plans/diff?from=${from}`)
    expect(body.changes?.map(({ sentence }) => sentence)).toEqual([
      `${number(1)} now leads to \`main\``,
      `${number(0)} no longer leads to \`main\``,
    ])
    expect((await north('POST', '/plans/rollback', { to: from })).status).toBe(403)
    expect((await north('POST', '/plans/reload?dryRun=true')).status).toBe(403)
  })
})
