import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
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
