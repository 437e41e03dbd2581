import { expect, test } from 'vitest'
import { plan, ring, walkPlan } from '../walking.ts'

const show = (presentation: string) => ({ type: 'callerid', presentation })
const ask = (webhook: string, ...success: object[]) => ({ type: 'webhook', webhook, success })

/** What each destination sees. */
async function shown(steps: object[], more: object = {}): Promise<string[]> {
  const written = {
    ...plan(steps, more),
    webhooks: {
      crm: { urlTemplate: 'https://crm.example/' },
      hidden: { urlTemplate: 'https://crm.example/', callerIdPresentation: 'suppressed' },
    },
  }
  const { bridges } = await walkPlan(written, { answers: () => ({ status: 'ACK' }) })
  return bridges.map(({ destinations, shown }) => `${destinations.join()} ${shown.presentation}`)
}

test.each<[string, object[], string[]]>([
  [
    'holds for what follows in its list, until another one',
    [
      ring('1'),
      show('called'),
      ring('2'),
      ring('3'),
      show('suppressed'),
      ring('4'),
      show('caller'),
      ring('5'),
    ],
    ['1 caller', '2 called', '3 called', '4 suppressed', '5 caller'],
  ],
  [
    'holds below what follows',
    [show('called'), ask('crm', ring('1', { on: { noAnswer: [ring('2')] } })), ring('3')],
    ['1 called', '2 called', '3 called'],
  ],
  [
    'does not hold behind its list',
    [ask('crm', show('called'), ring('1')), ring('2')],
    ['1 called', '2 caller'],
  ],
  [
    'does not hold below a webhook that names a presentation, and does so again behind it',
    [show('called'), ask('hidden', ring('1')), ring('2')],
    ['1 suppressed', '2 called'],
  ],
  [
    'holds inside such a webhook, for what follows there',
    [ask('hidden', ring('1'), show('called'), ring('2'), ask('hidden', ring('3')), ring('4')), ring('5')],
    ['1 suppressed', '2 called', '3 suppressed', '4 called', '5 caller'],
  ],
])('§5 callerid %s', async (_, steps, expected) => {
  expect(await shown(steps)).toEqual(expected)
})

test('§5 callerid holds beyond a goto', async () => {
  const other = { other: { steps: [ring('1'), show('caller'), ring('2')] } }
  expect(await shown([show('called'), { type: 'goto', plan: 'other' }], other)).toEqual([
    '1 called',
    '2 caller',
  ])
})
