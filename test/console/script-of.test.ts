/** A call of the records as one to try. */
import { expect, test } from 'vitest'
import { scriptOf } from '../../src/console/views/calls/script-of.ts'

const plan = {
  steps: new Map([
    ['main/0', { webhook: 'crm' }],
    ['main/1', { webhook: 'gone' }],
    ['main/2', { webhook: 'stock' }],
  ]),
  webhooks: ['crm', 'stock'],
}
const call = { did: '+31502100000', caller: '', name: '', at: '2026-11-26T10:00:00.000Z' }

test('what servers, telephones, queues and mailboxes did is given; what is masked or has no place now is not', () => {
  const steps = [
    { step: 'main/0', type: 'webhook', outcome: 'ACK', ms: 20, http: 200, destination: '•••', callername: 'Jane' },
    { step: 'main/1', type: 'webhook', outcome: 'NAK', ms: 20, http: 200 },
    { step: 'main/2', type: 'webhook', outcome: 'ERR', ms: 20, error: 'no connection' },
    { step: 'main/3', type: 'bridge', outcome: 'answered', ms: 19_960, destinations: ['215', '216'] },
    { step: 'main/4', type: 'queue', outcome: 'full', queue: 'sales' },
    { step: 'main/5', type: 'queue', outcome: 'waiting', queue: 'desk' },
    { step: 'main/6', type: 'voicemail', outcome: 'none', mailbox: '215' },
  ] // prettier-ignore
  expect(scriptOf({ ...call, ending: 'callerHungUp', steps }, plan)).toEqual({
    call: { did: '+31502100000', withheld: true, at: call.at },
    given: {
      webhooks: { crm: { status: 'ACK', callername: 'Jane' }, stock: 'down' },
      destinations: { '215': { outcome: 'answered', afterSeconds: 19.9 } },
      queues: { sales: 'full' },
      mailboxes: { '215': 'none' },
      hangsUpAfterSeconds: 20,
    },
  })
})
