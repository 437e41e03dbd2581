import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { place } from './scripted-controller.ts'

const WORDS = [
  'sendmsg\n',
  'call-command: execute\n',
  'execute-app-name: bridge\n',
  'execute-app-name: play_and_get_digits\n',
  'execute-app-name: set\n',
  'execute-app-arg: ',
  'Content-Length: 3\n',
  'api uuid_setvar_multi 5eceac8d-8e47-4397-b3a6-b264fe22c471 a=b;',
  'filter ',
  'nixevent ',
  'linger -7',
  '[leg_timeout=1]user/1,',
  "{a='b",
  '${',
  '}',
  '<^^|',
  ':_:',
  '\\',
  "'",
  '\n\n',
  '\n',
  ' ',
  '1 4 1 5000 # a.wav b.wav code ( 3000',
]

describe('the simulator against a hostile controller', () => {
  test('ends every call', async () => {
    const junk = fc.array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary' })), {
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(junk, async (words) => {
        const script = { id: '5eceac8d-8e47-4397-b3a6-b264fe22c471', attempts: 1 }
        const { result } = await place(script, (call) => {
          call.send(`connect\n\n${Buffer.from(words.join('')).toString('latin1')}\n\nnolinger\n\n`)
          call.socket.end()
        })
        expect(result.ended).not.toBe('talked')
      }),
      { numRuns: 200, seed: 42 },
    )
  })
})
