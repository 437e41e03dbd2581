import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEslServer } from '../../src/esl/server.ts'
import { startCallController, type CallControllerOptions } from '../harness/call-controller.ts'
import { belplan } from './belplan.ts'

const did = '+31502100000'
const vip = {
  audio: { code: 'code.wav', wrong: 'wrong.wav', late: 'late.wav' },
  webhooks: {
    vip: {
      urlTemplate: 'https://crm.example/{code}',
      ivr: { startMessage: 'code', errorMessage: 'wrong', timeoutMessage: 'late', timeoutSeconds: 1 },
    },
  },
  plans: {
    main: {
      numbers: [did],
      steps: [
        { type: 'webhook', webhook: 'vip', success: [{ type: 'bridge', destination: ['215', '216'] }] },
      ],
    },
  },
}

/** `belplan call` to a controller that serves `plan`. */
async function call(options: CallControllerOptions, ...args: string[]) {
  const controller = await startCallController(options)
  onTestFinished(() => controller.stop())
  const result = await belplan(['call', '--did', did, '--to', `127.0.0.1:${controller.port}`, ...args])
  return { ...result, requests: controller.requests }
}

const right: CallControllerOptions = {
  plan: vip,
  answer: ({ values }) => ({ status: values.code === '2468' ? 'ACK' : 'NAK' }),
}
const entries = ['--digits', '1111#', '--digits', '', '--digits', '2468#']

describe('command-line belplan call', () => {
  test('prints each thing the controller does as it happens, and how the call ended: 0', async () => {
    const caller = ['--caller', '0612345678', '--name', 'Jane Doe']
    const answer = ['--answer', '215=busy,0.01', '--answer', '216=answered,0.02']
    const { code, out, err, requests } = await call(right, ...caller, ...entries, ...answer)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/takes the call[^]*plays code\.wav[^]*plays wrong\.wav[^]*caller keys nothing/)
    expect(out).toMatch(/plays late\.wav[^]*calls 215[^]*showing Jane Doe <\+31612345678>[^]*they talk/)
    expect(out.split('\n').at(-1)).toMatch(/^ended: talked, talked 0\.02 s, NORMAL_CLEARING/)
    expect(requests.map(({ values }) => values)).toMatchObject([
      { code: '1111', callerid: '+31612345678', callername: 'Jane Doe' },
      { code: '2468' },
    ])
  })

  test('--json gives JSON lines, the last of them how it ended; no line shows a code', async () => {
    const { code, out } = await call(right, '--json', ...entries, '--answer', '215=answered,0.02')
    const lines = out.split('\n').map((line) => JSON.parse(line) as { readonly type: string })
    expect(code).toBe(0)
    expect(lines[0]).toMatchObject({ type: 'connected', attempt: 1 })
    expect(lines.map(({ type }) => type)).toEqual(expect.arrayContaining(['audio', 'digits', 'invite']))
    expect(lines.at(-1)).toMatchObject({ type: 'end', ended: 'talked', violations: [] })
    expect(out).not.toContain('2468')
  })

  test('destinations that are not named do not answer', async () => {
    const bridge = { type: 'bridge', destination: '215', ringSeconds: 1 }
    const { code, out } = await call({ plan: { plans: { main: { numbers: [did], steps: [bridge] } } } })
    expect([code, out.split('\n').at(-1)]).toEqual([0, 'ended: hangup, NO_ANSWER, SIP 480'])
  })

  test('the timeline begins with the id by which the API and the journal know the call', async () => {
    const { out } = await call(right, ...entries, '--answer', '215=answered,0.02')
    expect(out.split('\n')[0]).toMatch(/^call [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })

  test('--hang-up: the caller gives up while it rings', async () => {
    const bridge = { type: 'bridge', destination: '215', ringSeconds: 30 }
    const plan = { plans: { main: { numbers: [did], steps: [bridge] } } }
    const { code, out } = await call({ plan }, '--hang-up', '0.3')
    expect([code, out.split('\n').at(-1)]).toEqual([0, 'ended: hangup, ORIGINATOR_CANCEL, SIP 487'])
  })

  test('--help says that webhooks are really asked, and what takes time', async () => {
    const { out } = await belplan(['call', '--help'])
    expect(out).toMatch(/real webhooks are\nasked[^]*prompts take no time/)
  })

  test('a port where something else listens, such as the API: 1, and stderr says so', async () => {
    const other = createServer((socket) => void socket.on('error', () => undefined))
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    onTestFinished(() => void other.close())
    const { port } = other.address() as { port: number }
    const { code, err } = await belplan(['call', '--did', did, '--to', `127.0.0.1:${port}`])
    expect(code).toBe(1)
    expect(err).toMatch(/^belplan: no controller answers on 127\.0\.0\.1:\d+: .*esl\.port/)
  }, 15_000)

  test('a controller that refuses this machine: 1, and stderr says that it may', async () => {
    const log = pino({ level: 'silent' })
    const controller = createEslServer({ host: '127.0.0.1', port: 0, allow: ['192.0.2.1'], log })
    await controller.open(() => undefined)
    onTestFinished(() => controller.close())
    const { code, err } = await belplan(['call', '--did', did, '--to', `127.0.0.1:${controller.port}`])
    expect(code).toBe(1)
    expect(err).toMatch(/or this machine is not in esl\.allow, which the log of the controller says$/)
  }, 15_000)

  test('no controller: 1, and stderr says why', async () => {
    const { code, err } = await belplan(['call', '--did', did, '--to', '127.0.0.1:1'])
    expect(code).toBe(1)
    expect(err).toBe(
      'belplan: nothing listens on 127.0.0.1:1; start the controller, or name where it is with --to HOST:PORT',
    )
  })

  test.each([['127.0.0.1'], ['0.0.0.0']])('without --to it is esl of the configuration: %s', async (host) => {
    const controller = await startCallController(right)
    onTestFinished(() => controller.stop())
    const cwd = await mkdtemp(join(tmpdir(), 'belplan-call-'))
    onTestFinished(() => rm(cwd, { recursive: true }))
    const config = JSON.stringify({ esl: { host, port: controller.port } })
    await writeFile(join(cwd, 'belplan.json'), config)
    await writeFile(join(cwd, 'other.json'), config.replace(String(controller.port), '1'))
    expect(
      await belplan(['call', '--did', did, '--digits', '2468#', '--hang-up', '1'], { cwd }),
    ).toMatchObject({ code: 0 })
    const { err } = await belplan(['call', '--did', did, '--config', 'other.json'], { cwd })
    expect(err).toContain('nothing listens on 127.0.0.1:1;')
  })

  test.each([[[]], [['--json']]])('a call that went wrong: 1, and stderr says why %j', async (json) => {
    // Has the switch run a program, then hangs up.
    const rogue = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (reply) => {
        const id = /^Unique-ID: (.*)$/m.exec(reply.toString())?.[1]
        if (id !== undefined) socket.write(`api system id\n\napi uuid_kill ${id} USER_BUSY\n\n`)
      })
      socket.write('connect\n\n')
    })
    await new Promise<void>((done) => rogue.listen(0, '127.0.0.1', done))
    onTestFinished(() => void rogue.close())
    const { port } = rogue.address() as { port: number }
    const { code, err } = await belplan(['call', '--did', did, '--to', `127.0.0.1:${port}`, ...json])
    expect(code).toBe(1)
    expect(err).toMatch(/^belplan: the call went wrong: ./)
  })
})
