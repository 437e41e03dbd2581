/** Voicemail on the wire: the controller lets go of the call before the tone, and any controller takes it up behind it. */
import { afterEach, describe, expect, test } from 'vitest'
import type { CallScript } from '../../src/simulator/script.ts'
import { startCallController, type CallController } from '../harness/call-controller.ts'
import { observedCall } from './observed.ts'

const controllers: CallController[] = []
afterEach(() => Promise.all(controllers.splice(0).map((controller) => controller.stop())))

const did = '+31502100000'
const fast = { did, domain: 'acme.example', tickMs: 1, speed: 50, audioMs: 500 } satisfies CallScript
const voicemail = (more: object = {}) => ({ type: 'voicemail', mailbox: '215', ...more })

async function call(steps: object[], script: Partial<CallScript> = {}) {
  const plan = { audio: { hello: 'hello.wav' }, plans: { main: { numbers: [did], steps } } }
  const controller = await startCallController({ plan })
  controllers.push(controller)
  const { result, commands } = await observedCall(controller, { ...fast, ...script })
  expect(result.violations).toEqual([])
  return { controller, result, commands, steps: controller.records[0]?.steps }
}

describe('§5 voicemail', () => {
  test('a message is left, and the plan goes on', async () => {
    const { result, commands, steps, controller } = await call(
      [voicemail({ greeting: 'hello', maxSeconds: 60 }), { type: 'play', audio: 'hello' }],
      { mailboxes: { '215': { outcome: 'left', messageMs: 4000 } } },
    )
    expect(result.applications.map(({ name, argument }) => `${name} ${argument}`)).toEqual([
      'answer ',
      'playback hello.wav',
      'voicemail default acme.example 215',
      'playback hello.wav',
    ])
    const at = commands.indexOf('exit')
    expect(commands.slice(at - 2, at + 1)).toEqual([
      `api sched_api +60 ${result.id} uuid_recv_dtmf ${result.id} w`,
      'sendmsg',
      'exit',
    ])
    expect(commands.slice(at)).toContain(`api sched_del ${result.id}`)
    expect(steps).toMatchObject([
      {
        ...{ type: 'voicemail', outcome: 'left', mailbox: '215' },
        messageMs: expect.any(Number) as number,
        file: expect.stringMatching(/acme\.example\/215\/msg_/) as string,
      },
      { type: 'play', outcome: 'played' },
    ])
    // A machine that is late by a moment is late by fifty times as much in the script's time.
    const messageMs = steps![0]!['messageMs']
    expect(messageMs).toBeGreaterThan(3500)
    expect(messageMs).toBeLessThan(4000 + 50 * 200)
    expect(result.variables).not.toHaveProperty('skip_record_check')
    expect(controller.waiting.size).toBe(0)
  })

  test('the mailbox names the caller as called parties see them, and not as a bridge before it did', async () => {
    const { commands } = await call(
      [
        { type: 'callername', mode: 'replace', text: 'Jane 50% "c" $ {x}' },
        { type: 'bridge', destination: '215', callerName: 'Sales' },
        voicemail(),
      ],
      { caller: '+31612345678', answers: { '215': { outcome: 'busy' } } },
    )
    const named = (before: string) => {
      const set = commands.find((command) => command.includes(before))!
      return /effective_caller_id_number=[^;]*;effective_caller_id_name=[^;]*/.exec(set)?.[0]
    }
    expect(named('Sales')).toBe('effective_caller_id_number=+31612345678;effective_caller_id_name=Sales')
    expect(named('skip_greeting')).toBe(
      "effective_caller_id_number=+31612345678;effective_caller_id_name=Jane 50% \\'c\\' $ {x}",
    )
  })

  test('what is recorded of conversations ends before it, and begins again behind it', async () => {
    const ring = { type: 'bridge', destination: '215', ringSeconds: 1 }
    const { result, commands } = await call([{ type: 'record', announce: 'hello' }, ring, voicemail(), ring])
    const places = (text: string) => commands.flatMap((line, at) => (line.includes(text) ? [at] : []))
    const [[began, again], [stopped]] = [
      places(`uuid_record ${result.id} start`),
      places(' stop /recordings/'),
    ]
    const [opened] = places('skip_greeting=true')
    expect(stopped).toBeGreaterThan(began!)
    expect(opened).toBe(stopped! + 1)
    expect(again).toBeGreaterThan(opened!)
  })

  test('the mailbox does not say who withheld their number', async () => {
    const { commands } = await call([voicemail()], { caller: '+31612345678', name: 'Jane', privacy: true })
    expect(commands.find((command) => command.includes('skip_greeting'))).toContain(
      ';effective_caller_id_number=anonymous;effective_caller_id_name=Anonymous;',
    )
  })

  test.each([
    ['none', { outcome: 'none' }],
    ['failed', { outcome: 'missing' }],
  ] as const)('%s', async (outcome, script) => {
    const { steps } = await call([voicemail()], { mailboxes: { '215': script } })
    expect(steps).toMatchObject([{ type: 'voicemail', outcome }])
  })

  test('a message that is too long ends in time', async () => {
    const { steps } = await call([voicemail({ maxSeconds: 10 })], {
      mailboxes: { '215': { outcome: 'left', messageMs: 100_000 } },
    })
    expect(steps![0]).toMatchObject({ outcome: 'left' })
    expect(steps![0]!['messageMs']).toBeLessThan(10_000 + 50 * 200)
  })

  test.each(['[::1]', 'acme_example', '-acme'])(
    'a call that came in at %s has no mailbox',
    async (domain) => {
      const { result, steps } = await call(
        [voicemail({ greeting: 'hello' }), { type: 'play', audio: 'hello' }],
        { domain },
      )
      expect(steps).toMatchObject([
        { type: 'voicemail', outcome: 'failed', reason: 'the domain must be a host name or an address' },
        { type: 'play', outcome: 'played' },
      ])
      expect(result.applications.filter(({ name }) => name === 'playback')).toHaveLength(1)
    },
  )

  test('a mailbox that the operator does not grant is not opened', async () => {
    const { commands, steps } = await call([voicemail({ mailbox: 'boss' })])
    expect(commands.join()).not.toContain('sched_api')
    expect(steps).toMatchObject([
      { outcome: 'failed', reason: 'the operator does not allow the mailbox "boss"' },
    ])
  })
})
