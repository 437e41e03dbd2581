import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Decoder } from '../../src/esl/decoder.ts'
import { EncodedHeaders } from '../../src/esl/headers.ts'
import { type Message, readMessage } from '../../src/esl/message.ts'
import { transcript } from './transcripts.ts'

const read = (text: string | Buffer) =>
  new Decoder().push(Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1')).map(readMessage)

const headers = (text: string) => new EncodedHeaders(Buffer.from(text, 'latin1'))

/** A message in a line. */
function line(message: Message): string {
  switch (message.kind) {
    case 'connected':
      return `connected ${message.async ? 'async' : 'static'} ${message.full ? 'full' : 'single-channel'}`
    case 'event':
      return message.name
    case 'reply':
    case 'api':
      return `${message.kind} ${message.text}`
    case 'disconnect':
      return message.linger ? 'lingering' : 'goodbye'
    case 'other':
      return `other ${message.contentType}`
  }
}

describe('recorded calls', () => {
  test('reads the call whose caller hangs up in a prompt', () => {
    expect(read(transcript('caller-hangs-up-in-prompt').received).map(line)).toEqual([
      'connected async full',
      expect.stringMatching(/^reply \+OK filter added/),
      'reply +OK will linger 5 seconds',
      'reply +OK event listener enabled plain',
      'api +OK',
      'reply +OK',
      'CHANNEL_ANSWER',
      'CHANNEL_EXECUTE_COMPLETE',
      'reply +OK',
      'CHANNEL_EXECUTE_COMPLETE', // of the playback
      'CHANNEL_EXECUTE_COMPLETE', // of the socket application
      'CHANNEL_HANGUP_COMPLETE',
      'lingering',
      'reply +OK',
      'goodbye',
    ])
  })

  test('finds what the connect reply says of the call', () => {
    const [connected] = read(transcript('digits-entered').received)
    const { headers } = connected as Extract<Message, { kind: 'connected' }>
    expect(headers.get('Event-Name')).toBe('CHANNEL_DATA')
    expect(headers.get('Caller-Caller-ID-Number')).toBe('+31612345678')
    expect(headers.get('Caller-Caller-ID-Name')).toBe('Jane Doe')
    expect(headers.get('Answer-State')).toBe('ringing')
    expect(headers.get('Control')).toBe('full')
    expect(headers.variable('socket_host')).toBe('127.0.0.1')
    expect(headers.variable('belplan_ckpt')).toBeUndefined()
    expect(headers.get('Reply-Text')).toBe('+OK\n')
  })

  test('finds the digits and which application is done', () => {
    const done = read(transcript('digits-entered').received).filter(
      (message) => message.kind === 'event' && message.headers.get('Application-UUID') === 'step-2',
    ) as Extract<Message, { kind: 'event' }>[]
    expect(
      done.map(({ name, headers }) => [
        name,
        headers.variable('belplan_code'),
        headers.variable('read_result'),
      ]),
    ).toEqual([['CHANNEL_EXECUTE_COMPLETE', '1234', 'success']])
    expect(done[0]!.headers.variable('switch_r_sdp')).toContain('\r\na=rtpmap:')
  })
})

describe('kinds', () => {
  test.each([
    [
      'Content-Type: command/reply\nReply-Text: -ERR invalid\n\n',
      { kind: 'reply', ok: false, text: '-ERR invalid' },
    ],
    ['Content-Type: command/reply\nReply-Text: +OK bye\n\n', { kind: 'reply', ok: true, text: '+OK bye' }],
    ['Content-Length: 23\nContent-Type: api/response\n\n-ERR No such channel!\n\n\n', { kind: 'api', ok: false, text: '-ERR No such channel!' }], // prettier-ignore
    ['Content-Type: api/response\nContent-Length: 4\n\ntrue', { kind: 'api', ok: true, text: 'true' }],
    [
      'Content-Type: api/response\nContent-Length: 8\n\n-USAGE: ',
      { kind: 'api', ok: false, text: '-USAGE:' },
    ],
    ['Content-Type: auth/request\n\n', { kind: 'other', contentType: 'auth/request' }],
    ['Nothing\n\n', { kind: 'other', contentType: '' }],
  ])('%j', (text, message) => {
    expect(read(text)).toEqual([message])
  })

  test('takes the first Content-Disposition: what follows is the caller’s', () => {
    const notice =
      'Content-Type: text/disconnect-notice\nContent-Disposition: linger\nChannel-Name: x\nContent-Disposition: disconnect\nContent-Length: 0\n\n'
    expect(read(notice)).toEqual([{ kind: 'disconnect', linger: true }])
  })

  test('sees static and single-channel sockets', () => {
    const text =
      'Event-Name: CHANNEL_DATA\nReply-Text: %2BOK%0A\nSocket-Mode: static\nControl: single-channel\n\n'
    expect(read(text)).toMatchObject([{ kind: 'connected', async: false, full: false }])
  })

  test('survives an event without a body', () => {
    expect(read('Content-Type: text/event-plain\n\n').map(line)).toEqual([''])
  })
})

describe('headers', () => {
  test('are found at the begin, in the middle and at the end', () => {
    const block = headers('A: 1\nBB: 2\nC: 3')
    expect([block.get('A'), block.get('BB'), block.get('C')]).toEqual(['1', '2', '3'])
  })

  test('are found by their whole name only', () => {
    const block = headers('XA: 1\nA-B: 2\na: 3\n')
    expect([block.get('A'), block.get('B')]).toEqual([undefined, undefined])
  })

  test('keep `: ` and all else in their values', () => {
    expect(headers('A: b: c: d\n').get('A')).toBe('b: c: d')
  })

  test('are absent when FreeSWITCH says _undef_', () => {
    expect(headers('A: _undef_\n').get('A')).toBeUndefined()
  })

  test('count once: the first', () => {
    expect(headers('A: 1\nA: 2\n').get('A')).toBe('1')
  })

  test('end where an event’s own body begins', () => {
    const body = Buffer.from('Event-Name: MESSAGE\nContent-Length: 6\n\nA: 1\n\n')
    const block = new EncodedHeaders(body)
    expect([block.get('Content-Length'), block.get('A')]).toEqual(['6', undefined])
  })

  test('behind a blank line that lies across what was looked at are no headers', () => {
    const block = headers('A: 1\nB: 2\n\nC: 3\n')
    expect([block.get('A'), block.get('B'), block.get('C'), block.get('A')]).toEqual([
      '1',
      '2',
      undefined,
      '1',
    ])
  })

  test('of a connect reply are those of the same block read otherwise', () => {
    const names = fc.constantFrom(
      ...[
        'A',
        'variable_',
        'variable_a',
        'variable_abcd',
        'variable_abcde',
        'xariable_abcd',
        'variable_abcdef',
      ],
    )
    const values = fc.constantFrom('1', '', ': ', 'variable_abcd: 2', '_undef_', '%0A')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(names, values), { maxLength: 8 }),
        names,
        fc.boolean(),
        (lines, name, ended) => {
          const text = lines.map(([key, value]) => `${key}: ${value}`).join('\n') + (ended ? '\n' : '')
          const block = Buffer.from(text)
          expect(EncodedHeaders.ofReply(block).get(name)).toBe(new EncodedHeaders(block).get(name))
          const first = lines.find(([key]) => key === name)?.[1]
          if (first !== undefined && !['_undef_', '%0A'].includes(first))
            expect(new EncodedHeaders(block).get(name)).toBe(first)
        },
      ),
      { numRuns: 3000, seed: 3 },
    )
  })

  test('are told apart before they are decoded: a line feed in a value makes no header', () => {
    const block = headers('Name: x%0AUnique-ID: forged\nUnique-ID: real\n')
    expect(block.get('Unique-ID')).toBe('real')
    expect(block.get('Name')).toBe('x\nUnique-ID: forged')
  })

  test.each([
    ['M%C3%BCller', 'Müller'],
    ['%E6%97%A5%E6%9C%AC', '日本'],
    ['100%', '100%'],
    ['%', '%'],
    ['%4', '%4'],
    ['%zz%41', '%zzA'],
    ['%%41', '%A'],
    ['J%E9r', 'J\uFFFDr'],
    ['J\xE9r%20', 'J\uFFFDr '],
    ['%C3', '\uFFFD'],
    ['%ED%A0%80', '\uFFFD\uFFFD\uFFFD'],
    ['M\xC3\xBCller%', 'Müller%'],
    ['a+b', 'a+b'],
    ['%250A', '%0A'],
    ['a%00b', 'a\0b'],
  ])('decodes %j', (wire, value) => {
    expect(headers(`A: ${wire}\n`).get('A')).toBe(value)
  })

  test('never throw, whatever the bytes', () => {
    const piece = fc.constantFrom(
      '%',
      '%4',
      '%E9',
      '%zz',
      '\n',
      ': ',
      'A',
      'A: ',
      '\xff',
      '\0',
      '_undef_',
      '%0A',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const value = headers(pieces.join('')).get('A')
        expect(['string', 'undefined']).toContain(typeof value)
      }),
      { numRuns: 2000, seed: 1 },
    )
  })

  test('decode any text that was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        expect(headers(`A: ${encodeURIComponent(text)}\n`).get('A')).toBe(text)
      }),
      { numRuns: 1000, seed: 2 },
    )
  })
})
