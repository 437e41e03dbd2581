/** FreeSWITCH with the passwords as they are shipped: what is not set is shut. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { api } from './harness/event-socket.ts'
import { freeTcpPorts } from '../harness/ports.ts'
import { createProcessGroup } from '../harness/processes.ts'
import { startSwitch } from './harness/switch.ts'
import { findFreeSwitch } from './harness/tools.ts'
import { until } from '../harness/until.ts'

const { run, end } = createProcessGroup()
const folders: string[] = []
afterAll(async () => {
  await end()
  folders.forEach((folder) => rmSync(folder, { recursive: true }))
})

/** Nothing is the operator's but the ports, and this in the environment. */
async function start(environment: NodeJS.ProcessEnv) {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-passwords-'))
  folders.push(folder)
  const [eventSocket, externalSip, internalSip] = (await freeTcpPorts(3)) as [number, number, number]
  const firstRtp = 12_000 + 2 * Math.floor(Math.random() * 9000)
  const { FREESWITCH_PASSWORD: _, ...rest } = process.env
  const ready = startSwitch({
    freeswitch: findFreeSwitch(process.env) ?? 'freeswitch',
    folder,
    run: (command, args, options) => run(command, args, { ...options, env: { ...rest, ...environment } }),
    controllers: ['127.0.0.1:9', '127.0.0.1:9'],
    ports: { eventSocket, externalSip, internalSip, carrier: 9, firstRtp, lastRtp: firstRtp + 100 },
    change(conf) {
      const file = join(conf, 'vars.local.xml')
      const lines = readFileSync(file, 'utf8').split('\n')
      writeFileSync(file, lines.filter((line) => !line.includes('_password=')).join('\n'))
    },
  })
  const refusal = (password: string) =>
    api(eventSocket, password, 'status').then(
      () => 'let in',
      (error: unknown) => (error as Error).message,
    )
  return { ready, refusal }
}

const known = ['ClueCon', 'change-me', 'none-', '', '$FREESWITCH_PASSWORD']

test('the event socket takes the password of the environment; telephones have none that could be known', async () => {
  const { ready, refusal } = await start({ FREESWITCH_PASSWORD: 'only-for-tests' })
  const freeswitch = await ready
  expect(await freeswitch.api('global_getvar event_socket_password')).toBe('only-for-tests')
  expect(await freeswitch.api('global_getvar directory_password')).toMatch(/^none-[0-9a-f]{64}$/)
  for (const password of known)
    expect([password, await refusal(password)]).toEqual([password, 'wrong password'])
})

test('without one in the environment nobody logs in', async () => {
  const { ready, refusal } = await start({})
  // Nor does the harness, which ends the process then.
  const ended = expect(ready).rejects.toThrow('did not start')
  await until('the event socket answers', async () =>
    (await refusal('x')) === 'wrong password' ? true : undefined,
  )
  for (const password of known)
    expect([password, await refusal(password)]).toEqual([password, 'wrong password'])
  await end()
  await ended
})
