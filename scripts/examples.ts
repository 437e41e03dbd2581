/** A short example of each object of a plan, for the plan reference. Tests hold them against the schema. */
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
  steps: {
    webhook: {
      type: 'webhook',
      webhook: 'crm',
      success: [{ type: 'callername', mode: 'webhook' }],
      failure: [{ type: 'callername', mode: 'prepend', text: '? ' }],
    },
    callername: { type: 'callername', mode: 'prepend', text: 'Sales: ' },
    bridge: {
      type: 'bridge',
      destination: ['215', '+31502102544'],
      ringSeconds: 20,
      on: { busy: [{ type: 'play', audio: 'busy' }] },
    },
    transfer: { type: 'transfer', destination: '8000' },
    ivr: {
      type: 'ivr',
      startMessage: 'menu',
      choices: { '1': [{ type: 'goto', plan: 'sales' }], '2': [{ type: 'bridge', destination: '216' }] },
      failure: [{ type: 'play', audio: 'goodbye' }],
    },
    play: { type: 'play', audio: 'welcome' },
    hangup: { type: 'hangup', cause: 'USER_BUSY' },
    goto: { type: 'goto', plan: 'night' },
  },
}
