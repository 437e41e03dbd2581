import { expect, test } from 'vitest'
import { plan, ring, walkPlan } from '../walking.ts'

const notify = { type: 'notify', webhook: 'mail' }

test('§5 notify: its server is told, and the plan goes on whatever it answers', async () => {
  const never = new Promise<never>(() => undefined)
  const { done, steps } = await walkPlan(plan([notify, ring('1')]), {
    answers: () => ({ then: never.then.bind(never) }) as object,
  })
  expect(done).toEqual(['ask mail', 'bridge 1', 'hang up NO_ANSWER'])
  expect(steps[0]).toMatchObject({ step: 'main/0', type: 'notify', outcome: 'sent', webhook: 'mail' })
})

test('§5 the name as it stands is told, and never a code', async () => {
  const steps = [
    { type: 'callername', mode: 'prepend', text: 'VIP ' },
    { type: 'ivr', startMessage: 'hello', success: [notify] },
  ]
  const { requests } = await walkPlan(plan(steps), { keyed: ['4711#'] })
  expect(requests[0]).toMatchObject({
    values: { did: '+31502100000', callerid: '+31612345678', callername: 'VIP Jane Doe', code: '' },
    kind: 'notice',
  })
})

test('§5 a caller who hangs up does not end the request', async () => {
  const { requests, end } = await walkPlan(plan([notify, ring('1')]), { hangUpBefore: 1 })
  expect(end.ending).toBe('gone')
  expect(requests[0]!.signal.aborted).toBe(false)
})
