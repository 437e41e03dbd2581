import { expect, test } from 'vitest'
import { plan, play, walkPlan } from '../walking.ts'

const voicemail = (more: object = {}) => ({ type: 'voicemail', mailbox: '215', ...more })

test.each(['left', 'none', 'failed'] as const)(
  '§5 voicemail: behind it comes the next step, whatever came of it: %s',
  async (outcome) => {
    const { done, steps } = await walkPlan(plan([voicemail(), play]), { mailboxes: { '215': { outcome } } })
    expect(done).toEqual(['voicemail 215', 'play hello.wav', 'hang up NORMAL_CLEARING'])
    expect(steps[0]).toMatchObject({ type: 'voicemail', outcome, mailbox: '215' })
  },
)

test('§5 voicemail: the greeting and the longest message', async () => {
  const { messages } = await walkPlan(plan([voicemail({ greeting: 'hello', maxSeconds: 60 }), voicemail()]))
  const shown = { name: 'Jane Doe', nameSet: false, presentation: 'caller' }
  expect(messages).toEqual([
    { mailbox: '215', greeting: 'hello.wav', maxMs: 60_000, shown },
    { mailbox: '215', greeting: undefined, maxMs: undefined, shown },
  ])
})

test('§5 voicemail: while FreeSWITCH has the call the walk stands at its step', async () => {
  const { end, state } = await walkPlan(plan([voicemail(), play]), { mailboxes: { '215': 'waiting' } })
  expect(end).toEqual({ ending: 'waiting' })
  expect(state).toMatchObject({ at: 0, steps: 0 })
})
