/** The program as users run it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { createProcessGroup, type ProcessGroup } from '../harness/processes.ts'
import { until } from '../harness/until.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const env = { PATH: process.env['PATH'] }
let processes: ProcessGroup
let folder: string

const plan = (number: string) =>
  writeFile(
    join(folder, 'p.json'),
    JSON.stringify({
      domain: 'acme.example',
      plans: {
        main: { numbers: [number], steps: [{ type: 'bridge', destination: '215', ringSeconds: 60 }] },
      },
    }),
  )

beforeEach(async () => {
  processes = createProcessGroup()
  folder = await mkdtemp(join(tmpdir(), 'belplan-main-'))
  await plan('+31502100000')
  await writeFile(
    join(folder, 'belplan.json'),
    JSON.stringify({
      plans: 'p.json',
      esl: { port: 0 },
      api: { port: 0 },
      routes: [{ match: '^215$', dial: 'user/{destination}@{domain}' }],
    }),
  )
})

afterEach(async () => {
  await processes.end()
  await rm(folder, { recursive: true })
})

type Line = Readonly<Record<string, unknown>> & { readonly msg: string }

async function serve() {
  const logFile = join(folder, 'log')
  const { child, exit } = processes.run(process.execPath, [main, 'serve'], { cwd: folder, logFile, env })
  /** The first log line that begins so. */
  const line = (msg: string): Promise<Line> =>
    until(`a line ${msg}`, () => {
      const lines = readFileSync(logFile, 'utf8').split('\n').slice(0, -1)
      return lines.map((text) => JSON.parse(text) as Line).find((one) => one.msg.startsWith(msg))
    })
  const { esl, revision } = (await line('listening on')) as Line & {
    esl: { host: string; port: number }
    revision: string
  }
  return { child, exit, line, esl, revision }
}

test('operations says in one line where it listens and which revision it serves; SIGTERM ends it: 0', async () => {
  const { child, exit, esl, revision } = await serve()
  expect(esl.port).toBeGreaterThan(0)
  expect(revision).toMatch(/^[0-9a-f]{12}$/)
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
})

test('operations SIGHUP reloads the plans; a bad set is an error line and nothing else', async () => {
  const { child, line, exit, revision } = await serve()
  await plan('+31502100001')
  child.kill('SIGHUP')
  const { revision: next, ...reloaded } = await line('plans reloaded')
  expect(reloaded).toMatchObject({ previous: revision, changed: true })
  await writeFile(join(folder, 'p.json'), '{')
  child.kill('SIGHUP')
  const refused = await line('plans not reloaded')
  expect(refused).toMatchObject({ level: 50, code: 'plans', details: [expect.stringContaining('p.json:1:')] })
  expect(JSON.stringify(refused).match(/not JSON/g)).toHaveLength(1)
  const audit = readFileSync(join(folder, 'data', 'audit.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
  expect(audit.map((text) => JSON.parse(text) as object)).toMatchObject([
    { what: 'start', to: revision },
    { what: 'reload', token: 'signal', from: revision, to: next, outcome: 'changed' },
    { what: 'reload', token: 'signal', from: next, to: next, outcome: 'refused' },
  ])
  child.kill('SIGINT')
  expect(await exit).toBe(0)
})

test('operations SIGTERM ends within 2 s however long the calls are, and the caller is not cut off', async () => {
  const { child, exit, esl } = await serve()
  const ringing = Promise.withResolvers<undefined>()
  const call = placeCall(esl, {
    did: '+31502100000',
    answers: { '215': { outcome: 'answered', afterMs: 1500, talkMs: 20 } },
    observe: ({ type }) => type === 'invite' && ringing.resolve(undefined),
  })
  await ringing.promise
  const began = performance.now()
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
  expect(performance.now() - began).toBeLessThan(2000)
  expect(await call).toMatchObject({ ended: 'talked', violations: [] })
})

test('command-line a port in use is 1, and the message names it', async () => {
  const { esl } = await serve()
  await writeFile(
    join(folder, 'c.json'),
    JSON.stringify({ plans: 'p.json', esl: { port: esl.port }, api: { port: 0 } }),
  )
  const { status, stderr } = spawnSync(process.execPath, [main, 'serve', '--config', 'c.json'], {
    ...{ cwd: folder, env },
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toContain(`port ${esl.port}`)
})

test('command-line a file gets no colours, whatever the environment says of them', () => {
  const { status, stdout } = spawnSync(process.execPath, [main, 'validate', '--waits', 'p.json'], {
    ...{ cwd: folder, env: { ...env, FORCE_COLOR: '1', CI: 'true' } },
    encoding: 'utf8',
  })
  expect(status).toBe(0)
  expect(stdout).toMatch(/^p main: callers wait up to 60 s$/m)
})
