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
        order: [2, 0, 1],
        bridges: 2,
        returned: new Map([
          [0, { destination: '+31502102544', callername: 'ACME ~ BV' }],
          [2, {}],
        ]),
      },
    }
    for (const one of [full, checkpoint])
      expect(decodeCheckpoint(encodeCheckpoint(one), 'Jane Doe')).toEqual({
        ...one,
        // Secrets are not in it.
        state: { ...one.state, secretsLost: true },
      })
  })

  test('one of an earlier release has no order, and an earlier release reads one with an order for what it knows', () => {
    const order = Array.from({ length: 20 }, (_, i) => 19 - i)
    const [attempt, ordered] = [checkpoint, { ...checkpoint, state: { ...state, order } }].map(
      (one) => encodeCheckpoint(one).split('~')[5]!,
    )
    expect([attempt, ordered]).toEqual(['1', '1.jihgfedcba9876543210'])
    // As earlier releases do.
    expect(parseInt(ordered!, 36)).toBe(1)
  })

  test.for(['1.00', '1.02', '1.x', '1.', '1.0!', '1.01.2'])('an order that is none, %s, is as it is written', (attempt) => {
    const fields = encodeCheckpoint(checkpoint).split('~')
    fields[5] = attempt
    expect(decodeCheckpoint(fields.join('~'), 'Jane Doe')?.state).toMatchObject({ attempt: 1, order: attempt === '1.01.2' ? [0, 1] : [] })
  }) // prettier-ignore

  test('of a call that is recorded it is one letter longer, or two, and an older release reads the rest', () => {
    for (const best of ['busy', undefined] as const) {
      const of = (recording: boolean) =>
        encodeCheckpoint({ ...checkpoint, state: { ...state, best, recording } })
      expect(decodeCheckpoint(of(true), '')?.state).toMatchObject({ best, recording: true })
      expect(decodeCheckpoint(of(false), '')?.state).toMatchObject({ best, recording: false })
      expect(of(true).length - of(false).length).toBe(best ? 1 : 2)
    }
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

describe('checkpoint: fields that came later', () => {
  const later: Checkpoint = {
    ...checkpoint,
    state: {
      ...state,
      variables: new Map([
        ['tier', 'gold ~!: 日本'],
        ['a', '1'],
      ]),
      returned: new Map([
        [0, { destinations: ['+31502102544', '215', '#1'], callername: 'ACME' }],
        [2, { destination: '216' }],
        [4, { destinations: ['217'] }],
      ]),
    },
  }
  /** As the release before wrote it. */
  const before =
    '1~5f0c3a9be214~hoehwgpl9n~3~cwd~1~4~0~~~~mail~0:+31502102544:QUNNRQ~127.0.0.1:8084~0:ACK!1:set'

  test('are read back', () => {
    const { state: read } = decodeCheckpoint(encodeCheckpoint(later), 'Jane Doe')!
    expect(read.variables).toEqual(later.state.variables)
    expect(read.returned.get(0)).toEqual(later.state.returned.get(0))
    expect(read.returned.get(2)).toEqual({ destination: '216' })
    // One rings as a list of one does.
    expect(read.returned.get(4)).toEqual({ destination: '217' })
  })

  test('are not there where nothing needs them: then it is what the release before wrote and reads', () => {
    const read = decodeCheckpoint(before, 'Jane Doe')!
    expect(read.state).toMatchObject({ at: 3, variables: new Map(), missed: 'mail' })
    expect(encodeCheckpoint(read)).toBe(before)
    expect(encodeCheckpoint(checkpoint).split('~')).toHaveLength(15)
    expect(encodeCheckpoint(later).split('~')).toHaveLength(17)
  })

  test('that this release does not know count as no checkpoint, as those of this one do for the release before', () => {
    expect(decodeCheckpoint(`${encodeCheckpoint(later)}~x`, '')).toBeUndefined()
    // A signature, to a controller that has no secret.
    for (const text of [before, encodeCheckpoint(later)])
      expect(decodeCheckpoint(`${text}~q0bV3mJx-_9dQ0Zz`, '')).toBeUndefined()
  })

  test('need no escaping, and are bounded: 1,024 bytes of variables, 20 destinations', () => {
    const most = encodeCheckpoint({
      ...later,
      state: {
        ...later.state,
        variables: new Map(Array.from({ length: 4 }, (_, i) => [`v${i}`, 'x'.repeat(254)])),
        returned: new Map([
          [0, { destinations: Array.from({ length: 20 }, (_, i) => `+${String(i).padStart(32, '1')}`) }],
        ]),
      },
    })
    expect(most).toMatch(/^[A-Za-z0-9~!:*#+._-]+$/)
    expect(most.length).toBeLessThan(2300)
  })

  test('secret variables are not in it', () => {
    const secret = { ...checkpoint, state: { ...state, secrets: new Map([['token', 'T0p']]) } }
    expect(encodeCheckpoint(secret)).toBe(encodeCheckpoint(checkpoint))
  })

  test('names that no variable can have are left out', () => {
    const text = encodeCheckpoint({ ...later, state: { ...later.state, returned: new Map() } }).replace(
      'tier:',
      '__proto__:',
    )
    expect([...decodeCheckpoint(text, '')!.state.variables.keys()]).toEqual(['a'])
  })
})
