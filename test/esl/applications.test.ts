import { describe, expect, test } from 'vitest'
import {
  audio,
  type Audio,
  type Collect,
  collectArg,
  type Transfer,
  transferArg,
} from '../../src/esl/applications.ts'
import { separateString } from '../../src/simulator/strings.ts'
import { hostile, refused } from './hostile-text.ts'

describe('audio', () => {
  test.each([
    'acme/enter-pin.wav',
    'belplan/en/sorry.wav',
    '8000.wav',
    'tone_stream://%(1000,4000,425);loops=-1',
    'tone_stream://v=-7;%(500,100,440,480);%(>=1;+=.1;10,0,1000)',
    'tone_stream://L=3;%(100,100,350,440)',
    'silence_stream://-1,1400',
    'silence_stream://2000',
    'local_stream://moh',
    'local_stream://moh/8000',
  ])('takes %j', (value) => {
    expect(audio(value)).toBe(value)
  })

  test.each([
    ...hostile,
    '',
    ' ',
    '/etc/passwd',
    '../secret.wav',
    'a/../../b.wav',
    'a/..',
    '..',
    '-x.wav',
    ' a.wav',
    'a.wav ',
    "a'b.wav",
    'a.wav!b.wav',
    'a.wav@@100',
    '{x=y}a.wav',
    'say:hello',
    'phrase:x',
    'http://example.com/a.wav',
    'shout://x',
    'file_string://a!b',
    'vlc://x',
    'tone_stream://path=secret',
    'tone_stream://PATH=secret',
    'tone_stream:///etc/passwd',
    'tone_stream://',
    'TONE_STREAM://$x',
    'silence_stream://x',
    'with blanks/in it.wav',
    'a/./b.wav',
    'a//b.wav',
    'reload/mod_event_socket.wav',
    'local_stream://-x',
    `local_stream://${'x'.repeat(129)}`,
    'local_stream://../x',
    'local_stream://',
    'a\\b.wav',
    '$x.wav',
    'x'.repeat(257),
  ])('refuses %j', (value) => {
    expect(() => audio(value)).toThrow(refused())
  })
})

describe('collectArg', () => {
  const collect: Collect = {
    prompt: audio('a/b.wav'),
    maxDigits: 20,
    terminator: '#',
    timeoutMs: 10_000,
    interDigitMs: 3000,
  }

  /** As play_and_get_digits takes them apart, with its limit. */
  const words = (change: Partial<Collect>) => separateString(collectArg({ ...collect, ...change }), ' ', 11)

  test('gives play_and_get_digits its ten words', () => {
    expect(collectArg(collect)).toBe("1 20 1 10000 # 'a/b.wav' '' belplan_digits '' 3000")
  })

  test.each<[string, Partial<Collect>, string[]]>([
    ['a path with blanks', { prompt: 'a b/c d.wav' as Audio }, ['a b/c d.wav']],
    [
      'a tone',
      { prompt: audio('tone_stream://%(1000,4000,425);loops=2') },
      ['tone_stream://%(1000,4000,425);loops=2'],
    ],
    ['no prompt', { prompt: undefined }, ['']],
  ])('%s is one word for FreeSWITCH', (_, change, [prompt]) => {
    expect(words(change)).toEqual(['1', '20', '1', '10000', '#', prompt, '', 'belplan_digits', '', '3000'])
  })

  test('has a terminator that no digit is', () => {
    expect(words({ terminator: 'none' })[4]).not.toMatch(/[0-9*#A-D]/)
  })

  test.each<[string, Partial<Collect>]>([
    ['no digits', { maxDigits: 0 }],
    ['more digits than fit', { maxDigits: 65 }],
    ['another terminator', { terminator: '=#' as '#' }],
    ['a time that is no number', { timeoutMs: Number.NaN }],
    ['half a millisecond', { interDigitMs: 0.5 }],
    ['no time between digits', { interDigitMs: 0 }],
  ])('refuses %s', (_, change) => {
    expect(() => collectArg({ ...collect, ...change })).toThrow(refused())
  })
})

describe('transferArg', () => {
  test('always has extension, dialplan and context', () => {
    expect(transferArg({ extension: '8000', context: 'default' })).toBe('8000 XML default')
    expect(transferArg({ extension: '*97', context: 'my.ctx-1' })).toBe('*97 XML my.ctx-1')
  })

  test.each<Transfer>([
    ...hostile.map((extension) => ({ extension, context: 'default' })),
    ...hostile.map((context) => ({ extension: '8000', context })),
    { extension: 'answer,system:x', context: 'default' },
    { extension: '8000 inline', context: 'default' },
    { extension: '-bleg', context: 'default' },
    { extension: '', context: 'default' },
    { extension: '8000', context: '' },
    { extension: "'8000'", context: 'default' },
  ])('refuses %j', (transfer) => {
    expect(() => transferArg(transfer)).toThrow(refused())
  })
})
