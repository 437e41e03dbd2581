import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openServings } from '../../src/audit/servings.ts'

async function site() {
  const data = await mkdtemp(join(tmpdir(), 'belplan-servings-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const errors: unknown[] = []
  let minute = 0
  const now = () => new Date(Date.UTC(2026, 10, 25, 12, minute++))
  const open = (controller: string) =>
    openServings({
      data,
      controller: () => controller,
      log: { error: (fields: unknown) => errors.push(fields) },
      now,
    })
  return { data, errors, open }
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 25, 12, minute)).toISOString()

test('operations two controllers that share data tell of both', async () => {
  const { data, open } = await site()
  const [a, b] = [open('a:1'), open('b:1')]
  a.began('one', 'start')
  b.began('one', 'start')
  a.began('two', 'reload', 'deploy')
  a.called('one')
  b.called('one')
  b.called('two')
  await b.close()
  await a.close()
  const c = open('c:1')
  const history = await c.history()
  expect(history).toEqual([
    {
      revision: 'two',
      calls: 1,
      served: [
        { controller: 'a:1', since: at(2), until: expect.any(String) as string, how: 'reload', by: 'deploy' },
      ],
    },
    {
      revision: 'one',
      calls: 2,
      served: [
        { controller: 'b:1', since: at(1), until: expect.any(String) as string, how: 'start' },
        { controller: 'a:1', since: at(0), until: at(2), how: 'start' },
      ],
    },
  ])
  const files = await readdir(join(data, 'servings'))
  expect(files).toHaveLength(2)
  for (const file of files) expect((await stat(join(data, 'servings', file))).mode & 0o777).toBe(0o600)
})

test('operations a run that was killed tells what it had written', async () => {
  const { open } = await site()
  const killed = open('a:1')
  killed.began('one', 'start')
  // Written at once, without a close.
  await killed.history()
  const other = open('b:1')
  await expect
    .poll(async () => (await other.history())[0]?.served[0])
    .toEqual({ controller: 'a:1', since: at(0), how: 'start' })
})

test('operations a folder that cannot be written to is in the log, and nothing else goes wrong', async () => {
  const { data, errors, open } = await site()
  await writeFile(join(data, 'servings'), 'a file in the way')
  const servings = open('a:1')
  servings.began('one', 'start')
  await servings.close()
  expect(errors.length).toBeGreaterThan(0)
  expect(await servings.history()).toHaveLength(1)
  expect(await readFile(join(data, 'servings'), 'utf8')).toBe('a file in the way')
})

test('operations reloads without end do not fill the memory', async () => {
  const { open } = await site()
  const servings = open('a:1')
  for (let i = 0; i < 1500; i++) servings.began(`r${i}`, 'reload')
  expect(await servings.history()).toHaveLength(1000)
  await servings.close()
})

test('operations nor do calls of ever other revisions: those of the last thousand are counted', async () => {
  const { data, open } = await site()
  const servings = open('a:1')
  servings.called('always')
  for (let i = 0; i < 1500; i++) {
    servings.called(`r${i}`)
    servings.called('always')
  }
  await servings.close()
  const [file] = await readdir(join(data, 'servings'))
  const { calls } = JSON.parse(await readFile(join(data, 'servings', file!), 'utf8')) as { calls: object }
  expect(Object.keys(calls)).toHaveLength(1000)
  expect(calls).toMatchObject({ always: 1501, r1499: 1 })
})

test('operations what other runs wrote is read once, and again where it is another', async () => {
  const { data, open } = await site()
  const path = join(data, 'servings', 'other.json')
  const write = async (revision: string, second: number) => {
    const serving = { revision, controller: 'b:1', since: at(0), how: 'start' }
    await writeFile(path, JSON.stringify({ servings: [serving], calls: { [revision]: 2 } }))
    const time = new Date(Date.UTC(2026, 10, 25, 12, 0, second))
    await utimes(path, time, time)
  }
  await mkdir(join(data, 'servings'))
  const servings = open('a:1')
  const told = async () => (await servings.history()).map(({ revision, calls }) => [revision, calls])
  await write('one', 1)
  expect(await told()).toEqual([['one', 2]])
  await write('two', 1)
  expect(await told()).toEqual([['one', 2]])
  await write('two', 2)
  expect(await told()).toEqual([['two', 2]])
})

test('operations of very much that other runs wrote the newest is told', async () => {
  const { data, open } = await site()
  await mkdir(join(data, 'servings'))
  for (let i = 0; i < 5; i++) {
    const serving = { revision: `r${i}`, controller: 'b:1', since: at(i), how: 'x'.repeat(1024 * 1024) }
    const path = join(data, 'servings', `${i}.json`)
    await writeFile(path, JSON.stringify({ servings: [serving], calls: {} }))
    const time = new Date(Date.UTC(2026, 10, 25, 12, i))
    await utimes(path, time, time)
  }
  expect((await open('a:1').history()).map(({ revision }) => revision)).toEqual(['r4', 'r3', 'r2'])
})
