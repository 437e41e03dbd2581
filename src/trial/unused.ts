/** What a script says and the call did not come to: a name may be wrong, or the call went another way. */
import type { TrialReport } from './report.ts'
import type { Given } from './script.ts'

export function unusedOf(
  { digits, webhooks, destinations, queues, mailboxes }: Given,
  {
    rings,
    queues: entered,
    mailboxes: opened,
    asks,
    keyed,
  }: Pick<TrialReport, 'rings' | 'queues' | 'mailboxes' | 'asks' | 'keyed'>,
): string[] {
  const called = new Set(rings.flatMap(({ shown }) => shown.map(({ destination }) => destination)))
  const asked = new Set(asks.map(({ webhook }) => webhook))
  return [
    ...Object.keys(destinations)
      .filter((name) => !called.has(name))
      .map((name) => `${name} is never called`),
    ...Object.keys(queues)
      .filter((name) => !entered.some(({ queue }) => queue === name))
      .map((name) => `nobody comes to the queue ${name}`),
    ...Object.keys(mailboxes)
      .filter((name) => !opened.some(({ mailbox }) => mailbox === name))
      .map((name) => `nobody comes to the mailbox ${name}`),
    ...Object.keys(webhooks)
      .filter((name) => !asked.has(name))
      .map((name) => `the webhook ${name} is never asked`),
    ...(digits.some((keys) => keys !== '') && keyed.length === 0 ? ['no digits are asked for'] : []),
  ]
}
