import fc from 'fast-check'
import { Decoder, type Frame } from '../../../src/esl/decoder.ts'
import { readMessage } from '../../../src/esl/message.ts'
import { BelplanError } from '../../../src/util/errors.ts'
import { transcripts } from '../../esl/transcripts.ts'
import { damaged, hostileBytes, inPieces } from '../arbitraries.ts'
import { target } from '../target.ts'

/** Small, so that inputs reach them. */
const limits = { headerBytes: 16 * 1024, bodyBytes: 16 * 1024 }

const frames = transcripts.flatMap(({ chunks }) => chunks.map((chunk) => Buffer.from(chunk, 'latin1')))
const bytes = fc.oneof(
  { arbitrary: fc.constantFrom(...frames).chain((frame) => damaged(frame)), weight: 3 },
  { arbitrary: fc.array(hostileBytes, { maxLength: 12 }).map((list) => Buffer.concat(list)), weight: 1 },
)

/** What came of a stream: its frames, and whether it was refused. */
function read(pieces: readonly Buffer[]): { frames: Frame[]; refused: boolean } {
  const decoder = new Decoder(limits)
  const read: Frame[] = []
  try {
    for (const piece of pieces) read.push(...decoder.push(Buffer.from(piece)))
    return { frames: read, refused: false }
  } catch (error) {
    if (error instanceof BelplanError && error.code === 'protocol') return { frames: read, refused: true }
    throw error
  }
}

/** All that is ever read of a frame. */
function look(frame: Frame): string {
  const message = readMessage(frame)
  if (!('headers' in message)) return JSON.stringify(message)
  const { headers } = message
  const names = ['Unique-ID', 'Event-Name', 'Answer-State', 'Caller-Caller-ID-Name', 'Application-UUID']
  return JSON.stringify([
    message.kind,
    names.map((name) => headers.get(name)),
    headers.variable('sip_h_X-Belplan-Hops'),
  ])
}

export const decoder = target({
  name: 'bytes and damaged transcripts into the decoder',
  few: 3000,
  many: 300_000,
  pure: true,
  inputs: fc.tuple(bytes, fc.array(fc.nat(), { maxLength: 6 })),
  open: () => ({
    attempt([stream, cuts]) {
      const whole = read([stream])
      const cut = read(inPieces(stream, cuts))
      const seen = cut.frames.map(look)
      const wanted = whole.frames.map(look)
      // Cut anywhere it reads the same; in one piece it is refused before its first frames are handed out.
      if (whole.refused !== cut.refused) throw new Error('refused in one way and not in the other')
      if (!whole.refused && JSON.stringify(seen) !== JSON.stringify(wanted))
        throw new Error('reads otherwise when cut')
    },
  }),
})
