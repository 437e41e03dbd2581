import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Decoder, type Frame } from '../../src/esl/decoder.ts'
import { transcripts } from './transcripts.ts'

/** What a frame holds, apart from whose memory it is in. */
const content = ({ head, body }: Frame) => [head.toString('latin1'), body?.toString('latin1')]

function decode(pieces: Iterable<Buffer>): unknown[] {
  const decoder = new Decoder()
  return [...pieces].flatMap((piece) => decoder.push(piece)).map(content)
}

function* cut(bytes: Buffer, sizes: Iterable<number>): Generator<Buffer> {
  let at = 0
  for (const size of sizes) {
    yield bytes.subarray(at, at + size)
    at += size
  }
  yield bytes.subarray(at)
}

/** Which frame a cut goes through: the others are in one piece. */
function cutFrame(frames: readonly Frame[], at: number): number {
  let end = 0
  return frames.findIndex(({ head, body }) => (end += head.length + 1 + (body?.length ?? 0)) >= at)
}

const frame = (text: string) => Buffer.from(text, 'latin1')
const bytes = (text: string) => Array.from(frame(text), (byte) => Buffer.of(byte))

describe('recorded calls', () => {
  test.each(transcripts)('$name: every byte is in a frame, and lengths are kept', ({ received }) => {
    const frames = new Decoder().push(received)
    const length = frames.reduce((sum, { head, body }) => sum + head.length + 1 + (body?.length ?? 0), 0)
    expect(length).toBe(received.length)
    expect(frames[0]!.head.toString('latin1')).toMatch(/^Event-Name: CHANNEL_DATA\n/)
    expect(frames.at(-1)!.body!.toString('latin1')).toMatch(/^Disconnected, goodbye\.\n/)
  })

  test.each(transcripts)('$name: cut in two at every byte, the frames are the same', ({ received }) => {
    const whole = decode([received])
    const differ: number[] = []
    for (let at = 0; at <= received.length; at++) {
      const decoder = new Decoder()
      const frames = [...decoder.push(received.subarray(0, at)), ...decoder.push(received.subarray(at))]
      const cut = cutFrame(frames, at)
      const same = frames.length === whole.length && isDeepStrictEqual(content(frames[cut]!), whole[cut])
      if (!same) differ.push(at)
    }
    expect(differ).toEqual([])
  })

  test.each(transcripts)(
    '$name: byte by byte and in random pieces, the frames are the same',
    ({ received }) => {
      const whole = decode([received])
      expect(decode(cut(received, new Array<number>(received.length).fill(1)))).toEqual(whole)
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 }), (sizes) => {
          expect(decode(cut(received, sizes))).toEqual(whole)
        }),
        { numRuns: 50, seed: 8084 },
      )
    },
  )
})

describe('frames', () => {
  test('reads a blank line that two chunks share', () => {
    const decoder = new Decoder()
    expect(decoder.push(frame('Content-Type: command/reply\nReply-Text: +OK\n'))).toEqual([])
    expect(decoder.push(frame('\nContent-Ty')).map(content)).toEqual([
      ['Content-Type: command/reply\nReply-Text: +OK\n', undefined],
    ])
  })

  test('reads a Content-Length of 0 as an empty body, at once', () => {
    const frames = new Decoder().push(frame('Content-Type: text/disconnect-notice\nContent-Length: 0\n\n'))
    expect(frames.map(content)).toEqual([['Content-Type: text/disconnect-notice\nContent-Length: 0\n', '']])
  })

  test('takes blank lines and what looks like frames in a body as the body', () => {
    const body = 'a\n\nContent-Length: 99\n\n'
    const text = `Content-Length: ${body.length}\nContent-Type: api/response\n\n${body}X: 1\n\n`
    expect(decode([frame(text)])).toEqual([
      [`Content-Length: ${body.length}\nContent-Type: api/response\n`, body],
      ['X: 1\n', undefined],
    ])
  })

  test('skips line feeds between frames', () => {
    expect(decode([frame('\n\n\nA: 1\n\n\n\n\nB: 2\n\n\n')])).toEqual([
      ['A: 1\n', undefined],
      ['B: 2\n', undefined],
    ])
  })

  test('does not take a header that only ends in Content-Length for one', () => {
    expect(decode([frame('X-Content-Length: 9\n\nB: 2\n\n')])).toHaveLength(2)
  })

  test('keeps frames whole when more is pushed behind them', () => {
    const decoder = new Decoder()
    const first = [
      ...decoder.push(frame('Content-Length: 4\n\nab')),
      ...decoder.push(frame('cdContent-Length: 4\n\nef')),
    ]
    decoder.push(frame('gh'))
    expect(first.map(content)).toEqual([['Content-Length: 4\n', 'abcd']])
  })
})

describe('limits', () => {
  const limits = { headerBytes: 64, bodyBytes: 100 }

  test.each([
    ['a header block without end', 'A: '.padEnd(65, 'x')],
    ['a header block that ends too late', `A: ${'x'.repeat(64)}\n\n`],
    ['a body that is announced too long', 'Content-Length: 101\n\n'],
    ['a length too long to be a number', 'Content-Length: 99999999999999999999\n\n'],
    ['a length that is no number', 'Content-Length: 1e1\n\n'],
    ['a negative length', 'Content-Length: -1\n\n'],
    ['no length where there should be one', 'Content-Length: \n\n'],
  ])('refuses %s', (_, text) => {
    expect(() => new Decoder(limits).push(frame(text))).toThrow(
      expect.objectContaining({ code: 'protocol' }) as Error,
    )
    const decoder = new Decoder(limits)
    expect(() => bytes(text).forEach((byte) => decoder.push(byte))).toThrow(
      expect.objectContaining({ code: 'protocol' }) as Error,
    )
  })

  test('takes what just fits', () => {
    const head = `${'A: '.padEnd(63, 'x')}\n`
    expect(
      new Decoder(limits).push(frame(`${head}\nContent-Length: 100\n\n${'y'.repeat(100)}`)),
    ).toHaveLength(2)
  })

  test('reads a body of 1 MiB byte by byte in time that grows with its length alone', () => {
    const decoder = new Decoder()
    const length = 1024 * 1024
    decoder.push(frame(`Content-Length: ${length}\n\n`))
    const byte = frame('x')
    for (let i = 1; i < length; i++) decoder.push(byte)
    // Copied anew for each byte, this would be 512 GiB.
    expect(decoder.push(byte)[0]!.body).toHaveLength(length)
  })

  test('reads a header block of 64 KiB byte by byte, each byte looked at once', () => {
    const decoder = new Decoder()
    const text = `A: ${'x'.repeat(64 * 1024 - 10)}\n\n`
    const frames = bytes(text).flatMap((byte) => decoder.push(byte))
    expect(frames.map(({ head }) => head.length)).toEqual([text.length - 1])
  })
})
