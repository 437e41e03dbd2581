import { describe, expect, test } from 'vitest'
import { isLoopback, networkMatcher } from '../../src/util/networks.ts'

describe('configuration networks, as in esl.allow', () => {
  test.each([
    ['127.0.0.1', ['127.0.0.0/8'], true],
    ['::ffff:127.0.0.1', ['127.0.0.0/8'], true],
    ['::ffff:7f00:1', ['127.0.0.1'], true],
    ['10.1.2.3', ['127.0.0.0/8', '10.1.0.0/16'], true],
    ['10.2.2.3', ['127.0.0.0/8', '10.1.0.0/16'], false],
    ['::1', ['::1'], true],
    ['::2', ['::1'], false],
    ['fd00::2', ['fd00::/8'], true],
    ['::1', ['127.0.0.0/8'], false],
    ['127.0.0.1', ['::/0'], false],
    ['10.1.2.3', ['::ffff:10.1.0.0/112'], true],
    ['127.0.0.1', [], false],
    ['not an address', ['0.0.0.0/0', '::/0'], false],
  ])('%s in %j: %s', (address, networks, isIn) => {
    expect(networkMatcher(networks)(address)).toBe(isIn)
  })

  test.each(['10.0.0.0/33', 'localhost', '', '10.0.0/8/8'])(
    'refuses the entry %j and says what to write',
    (entry) => {
      expect(() => networkMatcher([entry])).toThrow(
        expect.objectContaining({
          code: 'config',
          message: expect.stringContaining('127.0.0.0/8') as string,
        }) as Error,
      )
    },
  )
})

test.each([
  ['localhost', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['192.0.2.1', false],
  ['localhost.example', false],
])('%s is loopback: %s', (host, is) => {
  expect(isLoopback(host)).toBe(is)
})
