/** Records of calls that another controller took over, on the wire. */
import { afterEach, expect, test } from 'vitest'
import type { CallRecord } from '../../src/records/index.ts'
import { createReplays } from '../../src/replay/index.ts'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import type { TimelineEntry } from '../../src/simulator/timeline.ts'
import { type CallController, startCallController } from '../harness/call-controller.ts'
import { did, operator } from '../trial/trying.ts'
import { plansOf, written } from './recorded-calls.ts'

const controllers: CallController[] = []
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.stop()
})

const plan = {
  audio: { hello: 'hello.wav', code: 'code.wav' },
  webhooks: {
    crm: { urlTemplate: 'https://crm.example/' },
    pin: { urlTemplate: 'https://pin.example/{code}' },
  },
  plans: {
    main: {
      numbers: [did],
      steps: [
        {
          ...{ type: 'webhook', webhook: 'crm', failure: [] },
          success: [
            { type: 'callername', mode: 'webhook' },
            { type: 'bridge', from: 'webhook', ringSeconds: 5 },
            {
              ...{ type: 'ivr', startMessage: 'code', failure: [{ type: 'hangup' }] },
              success: [
                { type: 'bridge', destination: ['217', '218'], strategy: 'sequential', ringSeconds: 5 },
                { type: 'webhook', webhook: 'pin', success: [{ type: 'play', audio: 'hello' }], failure: [] },
              ],
            },
          ],
        },
      ],
    },
  },
}

const script: CallScript = {
  ...{ did, domain: 'acme.example', name: 'Jane Doe', tickMs: 1, speed: 50 },
  digits: ['#', '4711#', '0815#'],
}

/** The call's record where its first controller stops as soon as `isTime`. */
async function takenOver(isTime: (entry: TimelineEntry) => boolean): Promise<CallRecord> {
  const answer = () =>
    ({ status: 'ACK', url: 'https://x.example/', destination: '216', callername: 'ACME' }) as const
  const [a, b] = [await startCallController({ plan, answer }), await startCallController({ plan, answer })]
  controllers.push(a, b)
  let stopped: Promise<void> | undefined
  await placeCall([a, b], {
    ...script,
    observe(entry) {
      if (isTime(entry)) stopped ??= a.stop()
    },
  })
  await stopped
  return written([...b.records, ...b.talking][0]!)
}

const rings = (destination: string) => (entry: TimelineEntry) =>
  entry.type === 'invite' && entry.invite.destination.startsWith(destination)
const plays = (audio: string) => (entry: TimelineEntry) =>
  entry.type === 'application' && entry.argument.includes(audio)

test.each([
  ['the first ring, from a webhook', rings('216')],
  ['a prompt for a code', plays('code.wav')],
  ['the second ring of a list, behind which a code is keyed again', rings('218')],
  ['audio', plays('hello.wav')],
])('operations taken over in %s, a call replays to itself', async (_, isTime) => {
  const record = await takenOver(isTime)
  expect(record.controllers).toHaveLength(2)
  const set = controllers[0]!.set
  const replays = createReplays(operator)
  const report = await replays.run(record, plansOf(set))
  expect(report.parting).toBeUndefined()
  expect((await replays.run(record, plansOf(set), set)).parting).toBeUndefined()
  expect(report.notes).toEqual([
    'the call was taken over by another controller: of the steps before only the outcomes are known',
  ])
  expect(JSON.stringify([report, record])).not.toMatch(/4711|0815|[\u007F-\u0081]/)
})
