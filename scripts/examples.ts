/** A short example of each object of a plan, for the plan reference; each step has its own in its file. Tests hold them against the schema. */
export const examples: Readonly<Record<string, unknown>> = {
  document: {
    description: 'ACME BV',
    audio: { welcome: 'acme/welcome.wav' },
    webhooks: { crm: { urlTemplate: 'https://crm.acme.example/name?caller={callerid}' } },
    plans: { main: { numbers: ['+31502100000'], steps: [{ type: 'bridge', destination: '215' }] } },
  },
  plan: {
    numbers: ['+31502100000', '215'],
    missed: 'mail',
    steps: [{ type: 'bridge', destination: ['215', '216'] }],
  },
  webhook: {
    urlTemplate: 'https://crm.acme.example/name?caller={callerid}&did={did}',
    timeoutSeconds: 2,
    headers: { Authorization: 'env:ACME_CRM_TOKEN' },
  },
  entry: { startMessage: 'enter-pin', errorMessage: 'wrong-pin', timeoutSeconds: 5, maxDigits: 6 },
}
