/** The longest conversation is kept by FreeSWITCH, whatever becomes of the controller. */
import { expect } from 'vitest'
import type { CallReport } from './harness/caller.ts'
import { startTestBed } from './harness/scenario.ts'
import type { Telephone } from './harness/telephone.ts'
import { until } from '../harness/until.ts'

const testBed = await startTestBed({ sideBySide: false })
const { scenario } = testBed

/** By the route whose conversations end after 3 s. */
const shortly = ({ number }: Pick<Telephone, 'number'>) => number.replace(/^9/, '7')
const lineTo = (destination: unknown) => testBed.line({ steps: [{ type: 'bridge', destination }] })

/** FreeSWITCH's scheduler counts whole seconds. */
function expectEnded(call: CallReport): void {
  expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
  expect(call.connectedMs, call.story).toBeGreaterThan(1900)
  expect(call.connectedMs, call.story).toBeLessThan(4600)
}

scenario('§5 a conversation ends after the longest that its route allows', () => {
  const bob = testBed.telephone()
  const did = lineTo(shortly(bob))
  return async () => {
    await bob.answers({ ringMs: 300, talkMs: 12_000 })
    expectEnded(await testBed.call({ did }))
    expect(await bob.invites()).toHaveLength(1)
  }
})

scenario('§5 early media is no conversation: counted is from the answer', () => {
  const bob = testBed.telephone()
  const did = lineTo(shortly(bob))
  return async () => {
    await bob.answers({ earlyMedia: true, ringMs: 3500, talkMs: 12_000 })
    const call = await testBed.call({ did })
    expect(call.answeredMs).toBeGreaterThan(3400)
    expectEnded(call)
  }
})

scenario('§5 of a simultaneous list, the shortest counts, whoever answers', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = lineTo([shortly(bob), eve.number])
  return async () => {
    await Promise.all([bob.rings(), eve.answers({ ringMs: 300, talkMs: 12_000 })])
    expectEnded(await testBed.call({ did }))
  }
})

scenario('operations also when the controller is killed while it rings', () => {
  const bob = testBed.telephone()
  const did = lineTo(shortly(bob))
  return async () => {
    await bob.answers({ ringMs: 2500, talkMs: 12_000 })
    const calling = testBed.call({ did, hangUpAfterMs: 14_000 })
    await bob.called()
    testBed.controller.signal('SIGKILL')
    expectEnded(await calling)
    await until('no channel is left', async () =>
      (await testBed.switch.api('show channels count')).includes('0 total') ? true : undefined,
    )
  }
})
