import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createControllerList } from '../../src/records/controller-list.ts'

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-controllers-'))
  const list = createControllerList(folder)
  onTestFinished(async () => {
    list.close()
    await rm(folder, { recursive: true })
  })
  await list.add('host:8084')
  const [pid, namespace] = (await readFile(join(folder, 'host:8084'), 'utf8')).split(' ')
  return { folder, list, pid, namespace: namespace! }
}

async function killedPid(): Promise<number> {
  const killed = spawn('true')
  await once(killed, 'exit')
  return killed.pid!
}

const day = 24 * 3600_000

test('operations a process is judged in its own namespace only: that of another container counts as alive', async () => {
  const { folder, list, pid, namespace } = await open()
  expect(Number(pid)).toBe(process.pid)
  const gone = await killedPid()
  await writeFile(join(folder, 'ended:1'), `${gone} ${namespace} ${Date.now()}`)
  await writeFile(join(folder, 'elsewhere:1'), `${gone} pid:[1] ${Date.now()}`)
  await writeFile(join(folder, 'restarted:1'), `${process.pid} ${namespace} ${Date.now() + 2 * day}`)
  await writeFile(join(folder, 'version-0.1.0:1'), '')
  await list.read(0)
  expect([...list.endedSince(Date.now() + day)].sort()).toEqual(['ended:1', 'restarted:1'])
  expect(list.has('elsewhere:1')).toBe(true)
  expect(list.has('version-0.1.0:1')).toBe(true)
  expect(list.has('host:8085')).toBe(false)
})

test('names of controllers that ended a day ago are removed', async () => {
  const { folder, list } = await open()
  const ago = (ms: number) => new Date(Date.now() - ms)
  for (const [name, text, ms] of [
    ['old:1', '7 pid:[1] 1', day + 60_000],
    ['recent:1', '7 pid:[1] 1', day - 60_000],
    ['version-0.1.0:1', '', 9 * day],
  ] as const) {
    await writeFile(join(folder, name), text)
    await utimes(join(folder, name), ago(ms), ago(ms))
  }
  await list.add('host:8085')
  expect((await readdir(folder)).sort()).toEqual(['host:8084', 'host:8085', 'recent:1', 'version-0.1.0:1'])
})

test('the list is read again when it is older than it may be', async () => {
  const { folder, list } = await open()
  await writeFile(join(folder, 'host:8085'), '')
  await list.read(60_000)
  expect(list.has('host:8085')).toBe(false)
  await list.read(0)
  expect(list.has('host:8085')).toBe(true)
})
