import { describe, expect, test } from 'vitest'
import { createTrials, displayed } from '../../src/trial/index.ts'
import { did, operator, script, setOf, tryCall } from './trying.ts'

const crm = { webhooks: { crm: { urlTemplate: 'https://crm.example/{callerid}', timeoutSeconds: 2 } } }
const asksCrm = (success: object[] = [], failure: object[] = []) => ({
  type: 'webhook',
  webhook: 'crm',
  success,
  failure,
})
const rings = (destination: string | string[], more: object = {}) => ({
  type: 'bridge',
  destination,
  ...more,
})

describe('a trial', () => {
  test('says who rings, what they see, and how long the caller waited for what', async () => {
    const report = await tryCall({
      document: crm,
      steps: [asksCrm([{ type: 'callername', mode: 'webhook' }]), rings('214'), rings(['215', '216'])],
      call: { did: '0502100000', callerid: '0612345678', callername: 'J', at: '2026-12-24T18:00+01:00' },
      given: {
        webhooks: { crm: { status: 'ACK', callername: 'Jane Doe', afterSeconds: 0.8 } },
        destinations: { '214': 'busy', '216': { afterSeconds: 5, talkSeconds: 20 } },
      },
    })
    expect(report).toMatchObject({
      ...{
        document: 'acme',
        plan: 'main',
        entry: did,
        forms: ['0502100000', did],
        at: '2026-12-24T17:00:00.000Z',
      },
      steps: [
        { step: 'main/0', outcome: 'ACK', atMs: 0, ms: 800 },
        { step: 'main/0/success/0', outcome: 'set', atMs: 800, ms: 0 },
        { step: 'main/1', outcome: 'busy', atMs: 800, ms: 0 },
        { step: 'main/2', outcome: 'answered', atMs: 800, ms: 5000 },
      ],
      rings: [
        { atMs: 800, ms: 0, shown: [{ destination: '214', endpoint: 'user/214@acme.example' }] },
        { atMs: 800, ms: 5000, shown: [{ destination: '215' }, { destination: '216' }], answeredBy: '216' },
      ],
      asks: [{ webhook: 'crm', kind: 'plain', values: { callerid: '+31612345678' }, atMs: 0, ms: 800 }],
      hears: [
        { atMs: 0, ms: 800, sound: 'silence' },
        { atMs: 800, ms: 5000, sound: 'ringing' },
        { atMs: 5800, ms: 20_000, sound: 'talk' },
      ],
      ...{ ending: 'talked', sip: 200, talkMs: 20_000, waitMs: 5800, longestSilence: { atMs: 0, ms: 800 } },
      ...{ notes: [], violations: [] },
    })
    expect(report.rings.flatMap(({ shown }) => shown.map(displayed))).toEqual(
      Array.from({ length: 3 }, () => 'Jane Doe <+31612345678>'),
    )
  })

  test('a ring of five minutes takes no time', async () => {
    const began = performance.now()
    const report = await tryCall({ steps: [rings('215', { ringSeconds: 300 })] })
    expect(report).toMatchObject({ ending: 'endOfList', cause: 'NO_ANSWER', waitMs: 300_000 })
    expect(performance.now() - began).toBeLessThan(5000)
  })

  test.each([
    ['down', { outcome: 'ERR', ms: 0, error: 'connection refused' }],
    [
      { status: 'ACK', afterSeconds: 5 },
      { outcome: 'ERR', ms: 2000, error: 'timeout: no answer' },
    ],
    [
      { http: 500, body: 'oops' },
      { outcome: 'ERR', http: 500, error: 'HTTP 500' },
    ],
    [{ body: 'status=NAK' }, { outcome: 'NAK' }],
    [{ body: '{"status":"ACK"}', contentType: 'application/json' }, { outcome: 'ACK' }],
    [[{ status: 'NAK' }, { status: 'ACK' }], { outcome: 'NAK' }],
    // HTTP has no content with these, whatever a server would like to say.
    [
      { http: 204, status: 'NAK' },
      { outcome: 'ERR', http: 204, error: 'malformed JSON' },
    ],
    [
      { http: 304, body: 'status=NAK' },
      { outcome: 'ERR', http: 304, error: 'HTTP 304' },
    ],
    [
      { body: `status=ACK&x=${'é'.repeat(40_000)}` },
      { outcome: 'ERR', http: 200, error: 'answer too large: more than 64 KiB' },
    ],
  ] as const)('a server that is %j', async (answer, step) => {
    const report = await tryCall({ document: crm, steps: [asksCrm()], given: { webhooks: { crm: answer } } })
    expect(report.steps[0]).toMatchObject(step)
  })

  test('a webhook that the script says nothing of is down, and that is said', async () => {
    const report = await tryCall({ document: crm, steps: [asksCrm()] })
    expect(report.steps[0]).toMatchObject({ outcome: 'ERR' })
    expect(report.notes).toEqual(['the script says nothing of the webhook crm: it is down'])
  })

  test('retries pause in the script’s time', async () => {
    const report = await tryCall({
      document: { webhooks: { crm: { urlTemplate: 'https://crm.example/', retries: 2 } } },
      steps: [asksCrm(), rings('215')],
      given: { webhooks: { crm: ['down', 'down', { status: 'ACK' }] }, hangsUpAfterSeconds: 4 },
    })
    expect(report.steps[0]).toMatchObject({ outcome: 'ACK', tries: 3 })
    expect(report.steps[0]!.ms).toBeGreaterThan(50)
    expect(report).toMatchObject({ ending: 'callerHungUp', waitMs: 4000, cause: 'ORIGINATOR_CANCEL' })
  })

  test('a missed call is told when it is over', async () => {
    const webhooks = { lost: { urlTemplate: 'https://lost.example/' } }
    const main = { numbers: [did], missed: 'lost', steps: [rings('215', { ringSeconds: 10 })] }
    const set = await setOf({ webhooks, plans: { main } })
    const report = await createTrials({ ...operator, version: '1.2.3' }).run(script(), set)
    expect(report.asks).toMatchObject([{ webhook: 'lost', kind: 'missed', atMs: 10_000 }])
  })

  test('a notice is among what is asked, takes no time, and needs no script', async () => {
    const report = await tryCall({
      document: { webhooks: { screen: { urlTemplate: 'https://screen.example/' } } },
      steps: [{ type: 'notify', webhook: 'screen' }, rings('215', { ringSeconds: 10 })],
    })
    expect(report.asks).toEqual([
      expect.objectContaining({ webhook: 'screen', kind: 'notice', step: 0, ms: 0 }),
    ])
    expect(report.asks[0]).not.toHaveProperty('result')
    expect(report.steps[0]).toMatchObject({ type: 'notify', outcome: 'sent', ms: 0 })
    expect(report.notes).toEqual([])
  })

  test('keys, prompts and waits', async () => {
    const report = await tryCall({
      document: {
        audio: { enter: 'enter.wav', wrong: 'wrong.wav' },
        webhooks: { pin: { urlTemplate: 'https://pin.example/{code}' } },
      },
      steps: [
        {
          ...{
            type: 'ivr',
            startMessage: 'enter',
            errorMessage: 'wrong',
            timeoutMessage: 'wrong',
            minDigits: 4,
          },
          timeoutSeconds: 7,
          success: [{ type: 'webhook', webhook: 'pin', success: [rings('215')], failure: [] }],
          failure: [],
        },
      ],
      given: {
        digits: ['', '12#', '1234#'],
        webhooks: { pin: { status: 'ACK' } },
        destinations: { '215': 'answered' },
        audioSeconds: { enter: 4 },
      },
    })
    expect(report.steps[0]).toMatchObject({ outcome: 'entered', attempts: ['timeout', 'short', 'good'] })
    expect(report.asks[0]).toMatchObject({ webhook: 'pin', values: { code: '1234' } })
    expect(JSON.stringify(report.steps)).not.toContain('1234#')
    expect(report.keyed.map(({ keys }) => keys)).toEqual(['', '12#', '1234#'])
    expect(report.hears.slice(0, 6)).toEqual([
      { atMs: 0, ms: 4000, sound: 'audio', audio: 'enter', names: ['enter'] },
      { atMs: 4000, ms: 7000, sound: 'keying' },
      { atMs: 11_000, ms: 3000, sound: 'audio', audio: 'wrong', names: ['wrong'] },
      { atMs: 14_000, ms: 900, sound: 'keying' },
      { atMs: 14_900, ms: 3000, sound: 'audio', audio: 'wrong', names: ['wrong'] },
      { atMs: 17_900, ms: 1500, sound: 'keying' },
    ])
    expect(report.hears[6]).toMatchObject({ sound: 'ringingTone', ms: 2000 })
    expect(report.longestSilence.ms).toBe(0)
  })

  test('an answered caller hears something while a server is slow, and nothing before', async () => {
    const report = await tryCall({
      document: {
        ...crm,
        audio: { hello: 'hello.wav' },
        webhooks: { crm: { ...crm.webhooks.crm, timeoutSeconds: 10 } },
      },
      steps: [{ type: 'play', audio: 'hello' }, asksCrm()],
      given: { webhooks: { crm: { status: 'ACK', afterSeconds: 6 } } },
    })
    expect(report.hears.map(({ sound, ms }) => [sound, ms])).toEqual([
      ['audio', 3000],
      ['silence', 2000],
      ['audio', 4000],
    ])
    expect(report.steps[1]).toMatchObject({ ms: 6000 })
  })

  test('silence that the plan names is silence', async () => {
    const report = await tryCall({
      document: { audio: { pause: 'silence_stream://130000' } },
      steps: [{ type: 'play', audio: 'pause' }],
    })
    expect(report.longestSilence).toEqual({ atMs: 0, ms: 130_000 })
  })

  test.each([
    [{ call: { withheld: true } }, 'anonymous'],
    [{ call: { callerid: 'anonymous' } }, 'anonymous'],
    [{ call: { callername: 'Jane' } }, 'Jane <+31612345678>'],
    [{}, '+31612345678'],
  ])('%j is shown as %s', async (how, shown) => {
    const report = await tryCall({ steps: [rings('+31502102544')], ...how })
    expect(report.rings[0]!.shown.map(displayed)).toEqual([shown])
    expect(report.rings[0]!.shown[0]).toMatchObject({
      destination: '+31502102544',
      endpoint: 'sofia/gateway/carrier/0502102544',
    })
  })

  test('what the operator denies does not ring', async () => {
    const report = await tryCall({
      steps: [rings(['0900123', '215'])],
      given: { destinations: { '215': 'answered' } },
    })
    expect(report.rings[0]!.shown.map(({ destination }) => destination)).toEqual(['215'])
    expect(report.steps[0]).toMatchObject({ outcome: 'answered' })
  })

  test('a transfer, a hang-up of the plan, and a number without a plan', async () => {
    expect(await tryCall({ steps: [{ type: 'transfer', destination: '8000' }] })).toMatchObject({
      ending: 'transferred',
      transferredTo: { extension: '8000', context: 'default' },
    })
    expect(await tryCall({ steps: [{ type: 'hangup', cause: 'USER_BUSY' }] })).toMatchObject({
      ...{ ending: 'hungUpByPlan', sip: 486 },
    })
    const unknown = await tryCall({ steps: [], call: { did: '+31502109999' } })
    expect(unknown).toMatchObject({ ending: 'noPlan', forms: ['+31502109999'], steps: [], sip: 404 })
    expect(unknown).not.toHaveProperty('document')
  })

  test('a loop ends by the budget of steps', async () => {
    const report = await tryCall({ steps: [{ type: 'goto', plan: 'main' }] })
    expect(report).toMatchObject({ ending: 'stepBudget' })
    expect(report.steps).toHaveLength(100)
  })

  test('audio without end is heard until the caller has had enough', async () => {
    const report = await tryCall({
      document: { audio: { hold: 'local_stream://moh' } },
      steps: [{ type: 'play', audio: 'hold' }],
      given: { hangsUpAfterSeconds: 30 },
    })
    expect(report).toMatchObject({
      ending: 'callerHungUp',
      hears: [{ sound: 'audio', audio: 'hold', ms: 30_000 }],
    })
  })

  test('audio that cannot be played', async () => {
    const report = await tryCall({
      document: { audio: { gone: 'gone.wav' } },
      steps: [{ type: 'play', audio: 'gone' }],
      given: { audioSeconds: { gone: 'unplayable' } },
    })
    expect(report.steps[0]).toMatchObject({ outcome: 'failed', warnings: ['gone.wav could not be played'] })
    expect(report.hears).toMatchObject([{ atMs: 0, ms: 0, sound: 'audio', audio: 'gone', failed: true }])
  })

  test('no server is asked where none may be', async () => {
    const asked = tryCall({ document: crm, steps: [asksCrm()], given: { webhooks: { crm: 'ask' } } })
    await expect(asked).rejects.toThrow(/no server is asked here/)
  })

  test('a server that is asked takes as long as it takes', async () => {
    const ask = {
      env: () => undefined,
      transport: {
        async send() {
          await new Promise((resolve) => setTimeout(resolve, 60))
          const body = Buffer.from('status=ACK&destination=215')
          return { kind: 'response', http: 200, contentType: '', location: undefined, body } as const
        },
        close: () => Promise.resolve(),
      },
    }
    const report = await tryCall({
      ...{ document: crm, ask, steps: [asksCrm([{ type: 'bridge', from: 'webhook' }])] },
      given: { webhooks: { crm: 'ask' }, destinations: { '215': 'answered' } },
    })
    expect(report.asks[0]!.ms).toBeGreaterThanOrEqual(59)
    expect(report).toMatchObject({ ending: 'talked', rings: [{ answeredBy: '215' }] })
  })
})

describe('when the call comes in', () => {
  const steps = [{ type: 'schedule', hours: [{ days: 'mon-fri', from: '09:00', to: '17:30' }], open: [rings('215')] }]
  const clockOf = async (at: string, document: object, operatorZone?: string) => {
    const set = await setOf({ ...document, plans: { main: { numbers: [did], steps } } })
    const config = { ...operator.config, ...(operatorZone !== undefined && { timezone: operatorZone }) }
    const report = await createTrials({ ...operator, config, version: '1.2.3' }).run(script({ at }), set)
    return [report.at, report.steps[0]!.outcome, report.steps[0]!['clock']]
  }
  const amsterdam = { timezone: 'Europe/Amsterdam' }

  test.for<[string, object, string | undefined, string, string, string]>([
    ['2026-07-01T09:00', amsterdam, undefined, '2026-07-01T07:00:00.000Z', 'open', '2026-07-01T09:00+02:00[Europe/Amsterdam]'],
    ['2026-11-25T09:00', amsterdam, 'Asia/Tokyo', '2026-11-25T08:00:00.000Z', 'open', '2026-11-25T09:00+01:00[Europe/Amsterdam]'],
    ['2026-11-25T09:00', {}, 'Asia/Tokyo', '2026-11-25T00:00:00.000Z', 'open', '2026-11-25T09:00+09:00[Asia/Tokyo]'],
    ['2026-11-25T09:00', {}, undefined, '2026-11-25T09:00:00.000Z', 'open', '2026-11-25T09:00+00:00[UTC]'],
    ['2026-11-25T09:00Z', amsterdam, undefined, '2026-11-25T09:00:00.000Z', 'open', '2026-11-25T10:00+01:00[Europe/Amsterdam]'],
    ['2026-11-25T08:59:59.999+01:00', amsterdam, undefined, '2026-11-25T07:59:59.999Z', 'closed', '2026-11-25T08:59+01:00[Europe/Amsterdam]'],
    ['2026-03-29T02:30', amsterdam, undefined, '2026-03-29T01:30:00.000Z', 'closed', '2026-03-29T03:30+02:00[Europe/Amsterdam]'],
  ])('%s is by the clock of the document, else of the operator: %j, %s', async ([at, document, zone, ...came]) =>
    expect(await clockOf(at, document, zone)).toEqual(came))

  test('a number that leads nowhere is called by the clock of the operator', async () => {
    const set = await setOf({ ...amsterdam, plans: { main: { numbers: [did], steps } } })
    const config = { ...operator.config, timezone: 'Asia/Tokyo' }
    const report = await createTrials({ ...operator, config, version: '1.2.3' }).run(script({ did: '+31502109999', at: '2026-11-25T09:00' }), set)
    expect(report.at).toBe('2026-11-25T00:00:00.000Z')
  })

  test('time passes meanwhile: a caller who waits over the end of the hours finds it closed', async () => {
    const report = await tryCall({
      document: amsterdam,
      steps: [rings('214', { ringSeconds: 60 }), ...steps],
      call: { at: '2026-11-25T17:29:30' },
    })
    expect(report.steps.map(({ outcome }) => outcome)).toEqual(['noAnswer', 'closed'])
  })
}) // prettier-ignore
