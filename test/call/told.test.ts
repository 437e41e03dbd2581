import { expect, test } from 'vitest'
import { Told } from '../../src/call/told.ts'
import { beginAt } from '../../src/plan/state.ts'

const told = (bridgeHeld: boolean) =>
  new Told({
    state: beginAt(0, 'Jane', undefined),
    checkpoint: (operation) => operation,
    settings: {},
    resumed: 'none',
    left: { digitsHeld: false, bridgeHeld },
  })
const CLEARED = { originate_disposition: undefined, last_bridge_proto_specific_hangup_cause: undefined }

test('a bridge clears what an earlier one left, by this controller or another, and nothing that is not there', () => {
  const fresh = told(false)
  expect(fresh.begin('bridge')).toEqual({ belplan_ckpt: 'bridge', socket_resume: 'false' })
  expect(Object.keys(fresh.begin('bridge'))).toEqual(expect.arrayContaining(Object.keys(CLEARED)))
  expect(Object.keys(told(true).begin('bridge'))).toEqual(expect.arrayContaining(Object.keys(CLEARED)))
  expect(Object.keys(told(true).begin('play'))).not.toContain('originate_disposition')
})
