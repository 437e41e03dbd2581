import { expect, test } from 'vitest'
import { tryCall } from './trying.ts'

const webhooks = {
  crm: { urlTemplate: 'https://crm.example/', secretVariables: ['token'] },
  tickets: { urlTemplate: 'https://tickets.example/{var.tier}?t={var.token}' },
}

test('a script says which variables and destinations a server returns', async () => {
  const report = await tryCall({
    document: { webhooks },
    steps: [
      {
        type: 'webhook',
        webhook: 'crm',
        success: [
          { type: 'webhook', webhook: 'tickets' },
          {
            type: 'switch',
            on: { variable: 'tier' },
            cases: [{ match: 'gold', steps: [{ type: 'bridge', from: 'webhook' }] }],
          },
        ],
      },
    ],
    given: {
      webhooks: {
        crm: { status: 'ACK', variables: { tier: 'gold', token: 's3cret' }, destinations: ['215', '216'] },
        tickets: { status: 'ACK' },
      },
      destinations: { '216': 'answered' },
    },
  })
  expect(report).toMatchObject({
    steps: [
      {
        outcome: 'ACK',
        variables: { tier: 'gold' },
        secretVariables: ['token'],
        destinations: ['215', '216'],
      },
      { outcome: 'ACK', url: 'https://tickets.example/gold?t={var.token}' },
      { outcome: 'cases/0', value: 'gold' },
      { outcome: 'answered' },
    ],
    rings: [{ shown: [{ destination: '215' }, { destination: '216' }], answeredBy: '216' }],
    violations: [],
  })
  expect(JSON.stringify(report.steps)).not.toContain('s3cret')
})
