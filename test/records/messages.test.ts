import { expect, test } from 'vitest'
import { messagesIn } from '../../src/records/messages.ts'
import { id, record } from './records.ts'

test('§5 voicemail: the record of a call says which messages were left', () => {
  const left = { step: 'main/0', type: 'voicemail', outcome: 'left', mailbox: '215' } as const
  const call = {
    ...record(id(1)),
    document: 'acme',
    steps: [
      { ...left, messageMs: 4000, file: '/m/1.wav' },
      { ...left, outcome: 'none' },
      { ...left, mailbox: '216' },
      { step: 'main/1', type: 'play', outcome: 'played' } as const,
    ],
  }
  expect(messagesIn(call)).toEqual([
    { callId: id(1), document: 'acme', mailbox: '215', ms: 4000, file: '/m/1.wav' },
    { callId: id(1), document: 'acme', mailbox: '216' },
  ])
  expect(messagesIn({ ...call, steps: [] })).toEqual([])
})
