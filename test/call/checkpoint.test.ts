import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../src/call/checkpoint.ts'
import { beginAt } from '../../src/plan/state.ts'

const state = {
  ...beginAt(3, 'Jane Doe', 'mail'),
  attempt: 1,
  prompt: 'wrong' as const,
  steps: 4,
  presentation: 'called' as const,
}
const checkpoint: Checkpoint = {
  revision: '5f0c3a9be214',
  profileCreated: '1795361967724523',
  operation: 'collect',
  controllers: ['127.0.0.1:8084'],
  history: ['0:ACK', '1:set'],
  state,
}

describe('checkpoint', () => {
  test('what is written is read back', () => {
    const full: Checkpoint = {
      ...checkpoint,
      state: {
        ...state,
        name: 'Müller 日本 ~!:',
        nameSet: true,
        lastCause: 'USER_BUSY',
        keyed: '1*#',
        best: 'noAnswer',
        bridges: 2,
        returned: new Map([
          [0, { destination: '+31502102544', callername: 'ACME ~ BV' }],
          [2, {}],
        ]),
      },
    }
    expect(decodeCheckpoint(encodeCheckpoint(full), 'Jane Doe')).toEqual(full)
    expect(decodeCheckpoint(encodeCheckpoint(checkpoint), 'Jane Doe')).toEqual(checkpoint)
  })

  test('a typical one is under 200 bytes and needs no escaping in FreeSWITCH', () => {
    const typical = encodeCheckpoint({
      ...checkpoint,
      state: {
        ...state,
        name: 'ACME BV',
        nameSet: true,
        returned: new Map([[0, { destination: '+31502102544', callername: 'ACME BV' }]]),
      },
    })
    expect(typical.length).toBeLessThan(200)
    expect(typical).toMatch(/^[A-Za-z0-9~!:*#+._-]+$/)
  })

  test('codes are not in it', () => {
    const secret = { ...checkpoint, state: { ...state, codes: new Map([[1, '4711']]) } }
    expect(encodeCheckpoint(secret)).toBe(encodeCheckpoint(checkpoint))
    expect(decodeCheckpoint(encodeCheckpoint(secret), 'Jane Doe')?.state.codes.size).toBe(0)
  })

  test('negative budgets count as no checkpoint', () => {
    const fields = encodeCheckpoint(checkpoint).split('~')
    for (const place of [3, 5, 6, 7])
      expect(decodeCheckpoint(fields.with(place, '-zz').join('~'), ''), `field ${place}`).toBeUndefined()
  })

  test('whatever else stands there counts as no checkpoint, and nothing throws', () => {
    fc.assert(fc.property(fc.string(), (text) => decodeCheckpoint(text, '') === undefined))
    const fields = encodeCheckpoint(checkpoint).split('~')
    const broken = fc.tuple(fc.nat(fields.length - 1), fc.string({ maxLength: 8 }))
    fc.assert(
      fc.property(broken, ([i, text]) => {
        const read = decodeCheckpoint(fields.with(i, text.replaceAll('~', '')).join('~'), '')
        return read === undefined || Number.isInteger(read.state.at)
      }),
    )
  })
})
