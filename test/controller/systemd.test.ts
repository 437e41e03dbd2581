import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemdNotifier } from '../../src/controller/systemd.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-notify-'))
  await writeFile(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $1" >> ${folder}/said\n`)
  await chmod(join(folder, 'systemd-notify'), 0o755)
})
afterEach(() => rm(folder, { recursive: true }))

const said = async () => (await readFile(join(folder, 'said'), 'utf8').catch(() => '')).trimEnd().split('\n')

test('systemd hears that the controller is ready, alive and stopping', async () => {
  const env = { PATH: `${folder}:/bin:/usr/bin`, NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '40000' }
  const notify = systemdNotifier(env)
  notify.ready()
  await vi.waitFor(async () => expect(await said()).toContain('/run/notify WATCHDOG=1'), {
    interval: 5,
    timeout: 5000,
  })
  notify.stopping()
  await vi.waitFor(async () => expect((await said()).at(-1)).toBe('/run/notify STOPPING=1'), {
    interval: 5,
    timeout: 5000,
  })
  expect((await said())[0]).toBe('/run/notify READY=1')
})

test('without systemd nothing is started', async () => {
  const notify = systemdNotifier({ PATH: folder })
  notify.ready()
  notify.stopping()
  expect(await said()).toEqual([''])
})

test('a systemd-notify that is not there harms nothing', async () => {
  await rm(join(folder, 'systemd-notify'))
  const notify = systemdNotifier({ PATH: folder, NOTIFY_SOCKET: '/run/notify' })
  notify.ready()
  notify.stopping()
  expect(await said()).toEqual([''])
})
