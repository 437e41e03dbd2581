/** What a controller writes into the audit. */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Controller, createControllers, oneBridge } from '../harness/controller.ts'

const controllers = createControllers()
afterEach(() => controllers.end())

const deploy = { token: 'the-token-of-deploy', right: 'publish' }
const headers = { authorization: `Bearer ${deploy.token}` }
const one = (last: string) => ({ acme: oneBridge(`+3150210000${last}`) })

/** Each reads the set several times, in a process of its own. */
const LONG = { timeout: 60_000 }

/** Without times. */
async function audit({ folder }: Pick<Controller, 'folder'>): Promise<object[]> {
  const lines = (await readFile(join(folder, 'data', 'audit.jsonl'), 'utf8')).trimEnd().split('\n')
  return lines.map((line) => {
    const { at, ...rest } = JSON.parse(line) as { at: string }
    expect(at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    return rest
  })
}

test('operations every reload is a line: by whom, from which revision to which', LONG, async () => {
  const { api, put, reload, plans, esl, folder } = await controllers.start({
    documents: one('0'),
    config: { api: { tokens: { deploy } } },
  })
  const a = plans.current().revision
  const post = async () => (await api('/plans/reload', { method: 'POST', headers }))[0]
  expect(await post()).toBe(200)
  await put('acme', one('1').acme)
  expect(await post()).toBe(200)
  const b = plans.current().revision
  await put('acme', '{')
  expect(await post()).toBe(422)
  await expect(reload({ token: 'signal' })).rejects.toMatchObject({ code: 'plans' })
  const name = { controller: expect.stringMatching(`:${esl.port}$`) as string }
  const byDeploy = { ...name, token: 'deploy', address: '127.0.0.1', what: 'reload' }
  expect(await audit({ folder })).toEqual([
    { ...name, what: 'start', to: a, outcome: 'changed' },
    { ...byDeploy, from: a, to: a, outcome: 'unchanged' },
    { ...byDeploy, from: a, to: b, outcome: 'changed' },
    { ...byDeploy, from: b, to: b, outcome: 'refused', why: 'invalid' },
    { ...name, token: 'signal', what: 'reload', from: b, to: b, outcome: 'refused', why: 'invalid' },
  ])
})

test('operations every start is a line: what was served before, and what is now', LONG, async () => {
  const folder = await controllers.folder(one('0'))
  const start = async () => {
    const { plans, put, stop } = await controllers.start({ folder })
    await stop()
    return { put, revision: plans.current().revision }
  }
  const { revision: a, put } = await start()
  await start()
  // The set on disk does not validate: what was served last serves.
  await put('acme', '{')
  await start()
  await put('acme', one('1').acme)
  const { revision: b } = await start()
  expect(b).not.toBe(a)
  expect(await audit({ folder })).toMatchObject([
    { what: 'start', to: a, outcome: 'changed' },
    { what: 'start', from: a, to: a, outcome: 'unchanged' },
    { what: 'start', from: a, to: a, outcome: 'refused' },
    { what: 'start', from: a, to: b, outcome: 'changed' },
  ])
})

test(
  'operations without a token it is `local`, and who was refused a right changed nothing',
  LONG,
  async () => {
    const without = await controllers.start({ documents: one('0') })
    await without.api('/plans/reload', { method: 'POST' })
    expect((await audit(without)).slice(1)).toMatchObject([{ token: 'local', outcome: 'unchanged' }])
    const reader = { token: 'the-token-of-a-reader', right: 'read' }
    const { api, folder } = await controllers.start({
      documents: one('0'),
      config: { api: { tokens: { reader } } },
    })
    const authorization = `Bearer ${reader.token}`
    expect((await api('/plans/reload', { method: 'POST', headers: { authorization } }))[0]).toBe(403)
    expect(await audit({ folder })).toMatchObject([{ what: 'start' }])
  },
)

test('operations a reload is done also where its line cannot be written', async () => {
  const { api, put, folder } = await controllers.start({ documents: one('0') })
  const file = join(folder, 'data', 'audit.jsonl')
  await rm(file)
  await mkdir(file)
  await put('acme', one('1').acme)
  expect(await api('/plans/reload', { method: 'POST' })).toMatchObject([200, { changed: true }])
})
