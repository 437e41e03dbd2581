import { once } from 'node:events'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { pino } from 'pino'
import { Connection } from '../../../src/esl/connection.ts'
import { startCallController } from '../../harness/call-controller.ts'
import { apiReply, event as eventFrame, LINGERING, reply } from '../../esl/frames.ts'
import { transcripts } from '../../esl/transcripts.ts'
import { damaged, hostileText, inPieces } from '../arbitraries.ts'
import { target } from '../target.ts'

/** The other end of a connection: answers every command as FreeSWITCH does. */
class Peer extends Duplex {
  /** The id of what it was told to run last. */
  running = '1'
  #commands = 0

  override _read(): void {
    // Everything is pushed.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    for (const command of chunk.toString('latin1').split('\n\n').slice(0, -1)) {
      // The first is obeyed without a reply, and `connect` has one of its own.
      if (++this.#commands === 1 || command === 'connect') continue
      this.push(command.startsWith('api ') ? apiReply('+OK\n') : reply())
      this.running = /^Event-UUID: (\d)$/m.exec(command)?.[1] ?? this.running
    }
    done()
  }
}

const frames = transcripts.flatMap(({ chunks }) =>
  chunks.flatMap((chunk) => chunk.split(/(?=Content-Length: )/)),
)
const connects = frames.filter((frame) => frame.startsWith('Event-Name: CHANNEL_DATA'))
const events = frames.filter(
  (frame) => frame.includes('\nEvent-Name: ') || frame.includes('\n\nEvent-Name: '),
)

const PARKED = Buffer.from(eventFrame('CHANNEL_PARK'))

const header = fc.constantFrom(
  'Unique-ID', 'Caller-Caller-ID-Name', 'Caller-Caller-ID-Number', 'Caller-Destination-Number', 'Caller-Channel-Created-Time', 'Caller-Profile-Created-Time',
  'Answer-State', 'Event-Name', 'Hangup-Cause', 'Application-Response', 'variable_originate_disposition', 'variable_domain_name', 'variable_read_result', 'variable_belplan_digits',
) // prettier-ignore
const value = fc.oneof(
  fc.constantFrom(
    '1',
    '2',
    '3',
    'answered',
    'hangup',
    'CHANNEL_PARK',
    'CHANNEL_BRIDGE',
    'SUCCESS',
    'success',
    'timeout',
  ),
  hostileText,
)
const changes = fc.array(fc.tuple(header, value), { maxLength: 3 })

function changed(frame: string, given: readonly (readonly [string, string])[]): Buffer {
  let [head = '', body = ''] = frame.startsWith('Content-Length: ') ? frame.split('\n\n') : ['', frame]
  for (const [name, text] of given) {
    const line = `${name}: ${encodeURIComponent(text.toWellFormed())}\n`
    const before = body
    body = body.replace(new RegExp(`^${name}: .*\n`, 'm'), () => line)
    if (body === before) body = line + body
  }
  if (head === '') return Buffer.from(body, 'latin1')
  head = head.replace(/Content-Length: \d+/, `Content-Length: ${body.length + 2}`)
  return Buffer.from(`${head}\n\n${body}\n\n`, 'latin1')
}

const connect = fc.tuple(fc.constantFrom(...connects), changes).map(([frame, given]) => changed(frame, given))
/** The id of what runs is only known then. */
const event = fc
  .tuple(fc.constantFrom(...events), changes)
  .map(([frame, given]) => changed(frame, [['Application-UUID', '1'], ...given]))
const happening = fc.oneof(
  { arbitrary: event, weight: 9 },
  { arbitrary: event.chain((frame) => damaged(frame, 2)), weight: 1 },
  {
    arbitrary: fc.constantFrom(LINGERING, reply(), apiReply('x')).map((frame) => Buffer.from(frame)),
    weight: 1,
  },
)

/** As that of another application, whose id is as long. */
function withId(frame: Buffer, id: string): Buffer {
  const text = frame.toString('latin1').replace(/^Application-UUID: 1$/m, () => `Application-UUID: ${id}`)
  return Buffer.from(text, 'latin1')
}

/** Of the event loop: what was said is read, and answered. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

const plan = {
  domain: 'acme.example',
  audio: { hello: 'hello.wav' },
  webhooks: { crm: { urlTemplate: 'https://crm.example/?c={code}', ivr: { startMessage: 'hello' } } },
  plans: {
    main: {
      numbers: ['*'],
      missed: 'crm',
      steps: [
        { type: 'play', audio: 'hello' },
        { type: 'ivr', startMessage: 'hello', choices: { 1: [] } },
        { type: 'webhook', webhook: 'crm', success: [{ type: 'bridge', from: 'webhook' }] },
        { type: 'bridge', destination: '215' },
      ],
    },
  },
}

export const peers = target({
  name: 'peers that only pretend to be FreeSWITCH',
  few: 200,
  many: 30_000,
  pure: true,
  inputs: fc.tuple(connect, fc.array(happening, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 2 })),
  async open() {
    const controller = await startCallController({
      plan,
      answer: () => ({ status: 'ACK', destination: '215', callername: 'Jane' }),
    })
    const log = pino({ level: 'silent' })
    return {
      async attempt([opening, happenings, cuts]) {
        controller.records.length = controller.talking.length = controller.missed.length = 0
        controller.requests.length = 0
        const peer = new Peer()
        const closed = once(peer, 'close')
        controller.calls.take(new Connection(peer, { log }))
        for (const frame of [opening, PARKED, ...happenings]) {
          for (const piece of inPieces(withId(frame, peer.running), cuts)) {
            if (peer.destroyed) break
            peer.push(piece)
            await turns(2)
            // What the API shows while the call is held.
            JSON.stringify(controller.calls.live())
          }
        }
        if (!peer.destroyed) peer.push(null)
        await closed
        await turns(2)
        if (controller.calls.count > 0) throw new Error('a call is held that has no connection')
        JSON.stringify(controller.records)
      },
      close: () => controller.stop(),
    }
  },
})
