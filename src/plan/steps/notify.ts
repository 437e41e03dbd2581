import { entryName, id, note, stepSchema } from '../schema-parts.ts'
import type { StepBase, StepDefinition } from '../step.ts'
import { requestOf } from './webhook.ts'

/** Tells a server, and does not wait. */
export interface NotifyStep extends StepBase {
  readonly type: 'notify'
  readonly webhook: string
}

export const notify: StepDefinition<NotifyStep> = {
  schema: stepSchema<NotifyStep>({
    title: 'notify',
    description: 'Tells a server of yours that a call is here, and goes on at once; its answer is ignored.',
    properties: {
      id,
      webhook: entryName('webhooks', 'Webhook', 'screen'),
      note,
    },
    required: ['webhook'],
  }),
  example: { type: 'notify', webhook: 'screen' },
  title: { en: 'Notify', nl: 'Melden' },
  says: ({ webhook }) => ({
    en: `tells the webhook ${webhook}`,
    nl: `meldt de oproep aan de webhook ${webhook}`,
  }),
  freeswitch: { applications: [], modules: [] },
  names: { webhooks: ['webhook'] },
  tells: 'webhook',
  run({ spec }, context) {
    const request = requestOf(spec.webhook, '', context)
    // It never rejects, and its failure is in the log. A caller who hangs up does not end it.
    void context.sendWebhook({ ...request, kind: 'notice', signal: new AbortController().signal })
    return { go: 'on', outcome: 'sent', details: { webhook: spec.webhook } }
  },
}
