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

/** Without times. */
async function audit({ folder }: Pick<Controller, 'folder'>): Promise<object[]> {
  const lines = (await readFile(join(folder, 'data', 'audit.jsonl'), 'utf8')).trimEnd().split('\n')
  return lines.map((line) => {
    const { at, ...rest } = JSON.parse(line) as { at: string }
    expect(at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    return rest
  })
}

test('operations every change is a line: starts and reloads, by whom, from which revision to which', async () => {
  const first = await controllers.start({ documents: one('0'), config: { api: { tokens: { deploy } } } })
  const a = first.plans.current().revision
  const reload = async (controller: Controller) =>
    (await controller.api('/plans/reload', { method: 'POST', headers }))[0]
  expect(await reload(first)).toBe(200)
  await first.put('acme', one('1').acme)
  expect(await reload(first)).toBe(200)
  const b = first.plans.current().revision
  await first.put('acme', '{')
  expect(await reload(first)).toBe(422)
  await expect(first.reload({ token: 'signal' })).rejects.toMatchObject({ code: 'plans' })
  const name = { controller: expect.stringMatching(`:${first.esl.port}$`) as string }
  const byDeploy = { ...name, token: 'deploy', address: '127.0.0.1', what: 'reload' }
  const lines = [
    { ...name, what: 'start', to: a, outcome: 'changed' },
    { ...byDeploy, from: a, to: a, outcome: 'unchanged' },
    { ...byDeploy, from: a, to: b, outcome: 'changed' },
    { ...byDeploy, from: b, to: b, outcome: 'refused' },
    { ...name, token: 'signal', what: 'reload', from: b, to: b, outcome: 'refused' },
  ]
  expect(await audit(first)).toEqual(lines)
  await first.stop()

  // The set on disk does not validate: what was served last serves.
  const second = await controllers.start({ folder: first.folder })
  const [again] = (await audit(second)).slice(lines.length)
  expect(again).toMatchObject({ what: 'start', from: b, to: b, outcome: 'refused' })
  await second.stop()
  await second.put('acme', one('1').acme)
  const third = await controllers.start({ folder: first.folder })
  expect(await audit(third)).toHaveLength(lines.length + 2)
  expect((await audit(third)).at(-1)).toMatchObject({ what: 'start', from: b, to: b, outcome: 'unchanged' })
  await third.stop()
  await third.put('acme', one('2').acme)
  const fourth = await controllers.start({ folder: first.folder })
  const c = fourth.plans.current().revision
  expect((await audit(fourth)).at(-1)).toMatchObject({ what: 'start', from: b, to: c, outcome: 'changed' })
})

test('operations without a token it is `local`, and who was refused a right changed nothing', async () => {
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
})

test('operations a reload is done also where its line cannot be written', async () => {
  const { api, put, folder } = await controllers.start({ documents: one('0') })
  const file = join(folder, 'data', 'audit.jsonl')
  await rm(file)
  await mkdir(file)
  await put('acme', one('1').acme)
  expect(await api('/plans/reload', { method: 'POST' })).toMatchObject([200, { changed: true }])
})
