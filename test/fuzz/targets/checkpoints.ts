import fc from 'fast-check'
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../../src/call/checkpoint.ts'
import { missedAt } from '../../../src/plan/step.ts'
import { compile } from '../../../src/plan/compile.ts'
import { beginAt, type WalkState } from '../../../src/plan/state.ts'
import { document, walkCompiled } from '../../plan/walking.ts'
import { damaged } from '../arbitraries.ts'
import { target } from '../target.ts'

const ask = (success: object[]) => ({ type: 'webhook', webhook: 'crm', success })
const compiled = compile(
  'acme',
  document({
    audio: { hello: 'hello.wav' },
    webhooks: {
      crm: { urlTemplate: 'https://crm.example/{var.tier}', secretVariables: ['token'] },
      pin: { urlTemplate: 'https://crm.example/{code}', ivr: { startMessage: 'hello' } },
    },
    addressBook: { '+3161*': 'Jane' },
    plans: {
      main: {
        missed: 'crm',
        steps: [
          ask([
            ask([{ type: 'bridge', from: 'webhook', strategy: 'sequential' }]),
            { type: 'call', plan: 'sub' },
            { type: 'callername', mode: 'webhook' },
          ]),
          {
            type: 'webhook',
            webhook: 'pin',
            success: [{ type: 'switch', on: 'code', cases: [{ match: '1*', steps: [{ type: 'hangup' }] }] }],
          },
          { type: 'callername', mode: 'append', text: '{var.tier}' },
          { type: 'ivr', startMessage: 'hello', choices: { 1: [{ type: 'goto', plan: 'main' }], 12: [] } },
        ],
      },
      sub: {
        missed: 'pin',
        steps: [
          { type: 'callerid', presentation: 'suppressed' },
          { type: 'callername', mode: 'book' },
          {
            type: 'switch',
            on: { variable: 'tier' },
            cases: [{ match: 'g*', steps: [{ type: 'bridge', destination: ['215', '216'] }] }],
          },
        ],
      },
    },
  }),
)

const state: WalkState = {
  ...beginAt(1, 'Jane', 'crm'),
  name: '日本',
  nameSet: true,
  keyed: '1',
  best: 'busy',
  lastCause: 'USER_BUSY',
  variables: new Map([
    ['tier', 'gold'],
    ['a', '日'.repeat(10)],
  ]),
  returned: new Map([
    [0, { destinations: ['215', '+31501234567', '*1#'], callername: 'Jane' }],
    [1, { destination: '216' }],
  ]),
}
const places = compiled.steps.map((_, at) => at)
const encoded = (at: number) => {
  const checkpoint: Checkpoint = {
    ...{ revision: '5f0c3a9be214', profileCreated: '1795361967724523', operation: 'bridge' },
    ...{ controllers: ['127.0.0.1:8084', 'pbx2:8084'], history: ['0:ACK', '1:sub', '2:cases/0'] },
    state: { ...state, at },
  }
  return Buffer.from(encodeCheckpoint(checkpoint))
}
const pieces = [
  '~',
  '!',
  ':',
  'tier:',
  'token:eA',
  '__proto__:eA',
  'constructor:',
  '-',
  'zzzz',
  '0',
  'Infinity',
  '1e9',
].map((text) => Buffer.from(text))

/** Somebody else may have set the variable, or cut it. */
export const checkpoints = target({
  name: 'checkpoints that no controller wrote',
  few: 2000,
  many: 200_000,
  pure: true,
  inputs: fc
    .constantFrom(...places)
    .chain((at) => fc.tuple(damaged(encoded(at), 2), fc.nat(), fc.constantFrom(Buffer.alloc(0), ...pieces)))
    .map(([bytes, where, piece]) => {
      const at = where % (bytes.length + 1)
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
    }),
  open: () => ({
    async attempt(bytes) {
      const read = decodeCheckpoint(bytes.toString(), 'Jane')
      if (read === undefined) return
      if (read.state.variables.has('__proto__') || read.state.secrets.size > 0)
        throw new Error('not a variable')
      // Read once more it is the same: a call may go through many hands.
      const again = decodeCheckpoint(encodeCheckpoint(read), 'Jane')
      if (again === undefined) throw new Error('it cannot be read again')
      // As the call does that takes it up.
      if (read.state.at >= compiled.steps.length) return
      const { end } = await walkCompiled(compiled, {
        state: (begun) => void Object.assign(begun, read.state),
        answers: () => ({ status: 'ACK', variables: { tier: 'gold', token: 'x' } }),
        keyed: ['12#', '1'],
      })
      missedAt(compiled, read.state)
      if (end.ending === 'gone') throw new Error('nobody hung up')
    },
  }),
})
