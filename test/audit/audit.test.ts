import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, mkdtemp, open as openFile, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type AuditOptions, type Change, openAudit } from '../../src/audit/audit.ts'

let data: string
beforeEach(async () => void (data = await mkdtemp(join(tmpdir(), 'belplan-audit-'))))
afterEach(() => rm(data, { recursive: true }))

const errors: unknown[][] = []
afterEach(() => void errors.splice(0))

const open = (more: Partial<AuditOptions> = {}) =>
  openAudit({
    data,
    controller: () => 'host-a:8084',
    log: { error: (...parts: unknown[]) => void errors.push(parts) },
    now: () => new Date('2026-11-25T12:00:00.000Z'),
    ...more,
  })

const reload: Change = {
  ...{ token: 'deploy', address: '192.0.2.7', what: 'reload' },
  ...{ from: '0d1be8a6cc10', to: '5f0c3a9be214', outcome: 'changed' },
}
const file = () => join(data, 'audit.jsonl')
const lines = async () => (await readFile(file(), 'utf8')).split('\n')

describe('operations audit', () => {
  test('a line says when, which token, from where, what, and from which revision to which', async () => {
    const audit = open()
    await audit.write({ what: 'start', to: '0d1be8a6cc10', outcome: 'changed' })
    await audit.write(reload)
    expect(await lines()).toEqual([
      '{"at":"2026-11-25T12:00:00.000Z","controller":"host-a:8084","what":"start","to":"0d1be8a6cc10","outcome":"changed"}',
      '{"at":"2026-11-25T12:00:00.000Z","controller":"host-a:8084","token":"deploy","address":"192.0.2.7","what":"reload","from":"0d1be8a6cc10","to":"5f0c3a9be214","outcome":"changed"}',
      '',
    ])
    expect([errors, audit.failed()]).toEqual([[], 0])
  })

  test('a line of what was refused says what was tried, and why', async () => {
    await open().write({
      ...reload,
      what: 'rollback',
      outcome: 'refused',
      tried: '0123456789ab',
      why: 'notGranted',
    })
    expect((await lines())[0]).toMatch(/"outcome":"refused","tried":"0123456789ab","why":"notGranted"}$/)
  })

  test('it is on the disk when its change is answered: the line, and at first the file’s entry in its folder', async () => {
    const probe = await openFile(data, 'r')
    await probe.close()
    const sync = vi.spyOn(Object.getPrototypeOf(probe) as typeof probe, 'sync')
    onTestFinished(() => sync.mockRestore())
    const audit = open()
    await audit.write(reload)
    expect(sync).toHaveBeenCalledTimes(2)
    await audit.write(reload)
    expect(sync).toHaveBeenCalledTimes(3)
  })

  test('it is for the operator alone, and its folder is made', async () => {
    data = join(data, 'new')
    await open().write(reload)
    expect((await stat(file())).mode & 0o007).toBe(0)
  })

  test('lines that are asked for at one time stand in that order', async () => {
    const audit = open()
    const tokens = Array.from({ length: 50 }, (_, n) => `t${n}`)
    await Promise.all(tokens.map((token) => audit.write({ ...reload, token })))
    const written = (await lines()).slice(0, -1).map((line) => (JSON.parse(line) as Change).token)
    expect(written).toEqual(tokens)
  })

  test('controllers that share the data share the file: every line is whole', async () => {
    const program = join(import.meta.dirname, 'writer.ts')
    const writers = ['a', 'b', 'c'].map((name) => fork(program, [data, name, '100']))
    for (const [code] of await Promise.all(writers.map((writer) => once(writer, 'exit')))) expect(code).toBe(0)
    const read = (await lines()).slice(0, -1).map((line) => JSON.parse(line) as Change & { controller: string })
    expect(read).toHaveLength(300)
    for (const name of ['a', 'b', 'c']) {
      const own = read.filter(({ controller }) => controller === name).map(({ token }) => token)
      expect(own).toEqual(Array.from({ length: 100 }, (_, n) => `t${n}`))
    }
  }) // prettier-ignore

  test('a line that was cut short stays alone', async () => {
    await appendFile(file(), '{"at":"2026-11-2')
    await open().write(reload)
    const [torn, whole] = await lines()
    expect(torn).toBe('{"at":"2026-11-2')
    expect(JSON.parse(whole!)).toMatchObject(reload)
  })

  test('of many documents a line has the first ones, and how many there are', async () => {
    const documents = Array.from({ length: 1000 }, (_, n) => `north/customer-${n}-${'é'.repeat(20)}`)
    await open().write({ ...reload, documents })
    const [line] = await lines()
    expect(Buffer.byteLength(`${line}\n`)).toBeLessThanOrEqual(4096)
    const read = JSON.parse(line!) as { documents: string[]; inAll: number }
    expect(read.inAll).toBe(1000)
    expect(read.documents.length).toBeGreaterThan(40)
    expect(read.documents).toEqual(documents.slice(0, read.documents.length))
  })

  test('a file that was moved away is begun anew', async () => {
    const audit = open()
    await audit.write(reload)
    await rm(file())
    await audit.write(reload)
    expect(await lines()).toHaveLength(2)
  })
})

describe('operations audit on a disk that takes nothing', () => {
  test('a full disk: the line is in the log, and the next one is written', async () => {
    await symlink('/dev/full', file())
    const audit = open()
    await audit.write(reload)
    expect(audit.failed()).toBe(1)
    expect(errors).toEqual([
      [
        {
          err: expect.objectContaining({ code: 'ENOSPC' }) as Error,
          file: file(),
          audit: { at: '2026-11-25T12:00:00.000Z', controller: 'host-a:8084', ...reload },
        },
        'audit not written',
      ],
    ])
    await rm(file())
    await audit.write(reload)
    expect([(await lines()).length, audit.failed()]).toEqual([2, 1])
  })

  test('so it is where the file is a folder', async () => {
    await mkdir(file())
    const audit = open()
    await audit.write(reload)
    expect(audit.failed()).toBe(1)
  })
})
