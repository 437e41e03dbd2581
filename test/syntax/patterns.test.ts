/** A word fits its pattern whole or not at all: nothing can be hung on to it that FreeSWITCH would read. */
import { describe, expect, test } from 'vitest'
import {
  DESTINATION,
  ENVIRONMENT_VARIABLE,
  EXTENSION,
  HOST_NAME,
  NAME,
  UUID,
} from '../../src/syntax/index.ts'

const words: [string, RegExp, string, string[]][] = [
  ['NAME', NAME, 'acme.sales-1', ['', '-acme', '.acme', '_acme', 'a b', 'a/b', 'é', 'a'.repeat(65)]],
  ['DESTINATION', DESTINATION, '+31502102544', ['', '+', '++1', 'abc', '21 5', '215@x', '1'.repeat(33)]],
  ['EXTENSION', EXTENSION, '*97', ['', '-bleg', '-', '8000 inline', "'8000'", '8'.repeat(65)]],
  [
    'UUID',
    UUID,
    '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49',
    ['', 'all', '3a8a7ee0', '../3a8a7ee0-ded3-4ffa-bc0a'],
  ],
  ['ENVIRONMENT_VARIABLE', ENVIRONMENT_VARIABLE, 'ACME_TOKEN', ['', '1A', 'A-B', 'A=B', '$A']],
  ['HOST_NAME', HOST_NAME, 'acme.example', ['', '10.0.0.1', 'acme.example:5060', 'a..b', '-a.b', '[::1]']],
]

describe.each(words)('%s', (_, pattern, word, others) => {
  test(`takes ${word}, and not with anything before or behind it`, () => {
    expect(pattern.test(word)).toBe(true)
    for (const more of ['\n', '\r\n', '\0', ' ', '${x}', "'", ',', ';', '|', '\nexit'])
      expect([pattern.test(word + more), pattern.test(more + word)], JSON.stringify(more)).toEqual([
        false,
        false,
      ])
  })

  test.each(others)('refuses %j', (other) => {
    expect(pattern.test(other)).toBe(false)
  })
})
