/** docs/configuration.md, "webhooks": what `serve` tells at its start. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config/config.ts'
import { warnAtStart } from '../../src/controller/start-warnings.ts'

async function warnings(config: object, env: Record<string, string>, limits?: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-warnings-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [file, limitsFile] = [join(folder, 'belplan.json'), join(folder, 'limits')]
  await writeFile(file, JSON.stringify(config))
  if (limits !== undefined) await writeFile(limitsFile, limits)
  const told: string[] = []
  const log = { warn: (_: unknown, message?: unknown) => void told.push(String(message)) }
  await warnAtStart(await loadConfig({ file, env, cwd: folder }), env, log, limitsFile)
  return told
}

const limits = (soft: number | string) =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             1                    1                    processes \nMax open files            ${soft}                 524288               files     \n`

test('a limit of open files that is too low for what may be open at one time', async () => {
  const config = { esl: { maxCalls: 500 }, webhooks: { maxConnections: 200 }, freeswitch: { password: 'x' } }
  expect(await warnings(config, {}, limits(2156))).toEqual([
    expect.stringMatching(/^the limit of open files is 2156, /),
  ])
  expect(await warnings(config, {}, limits(2157))).toEqual([])
  expect(await warnings(config, {}, limits('unlimited'))).toEqual([])
  expect(await warnings(config, {})).toEqual([])
})

test('a granted signing secret that is no key, once, and without its value', async () => {
  const config = { webhooks: { env: { acme: ['SIGN', 'TOKEN'], bank: ['SIGN', 'GOOD', 'ABSENT'] } } }
  const env = { SIGN: 'whsec_!!', TOKEN: 't', GOOD: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }
  expect(await warnings(config, env, limits('unlimited'))).toEqual([
    'SIGN is not base64 behind whsec_: webhooks signed with it fail',
  ])
})
