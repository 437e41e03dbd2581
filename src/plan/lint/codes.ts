/** Codes that nobody gets, so that any code would do, and codes that another server gets than one might think. */
import type { Report } from '../../json/index.ts'
import type { WebhookSpec } from '../document.ts'
import type { CompiledDocument } from '../step.ts'
import { definitionOf, namesIn } from '../step-definitions.ts'
import { placeholdersOf } from '../url-template.ts'
import { ownSteps, type StepPlace } from './reach.ts'

const UNSENT = 'asks for a code and does not send it; write {code} into the URL, or use POST'

const UNSENT_BELOW =
  'asks for a code, and no webhook below sends it; write {code} into a URL there, or use POST'

/** Warns of webhooks with `ivr`, and of `ivr` steps for a code, where nothing sends it. */
export function unsentCodes(
  { document: { webhooks }, steps }: CompiledDocument,
  places: readonly StepPlace[],
  report: Report,
): void {
  const looked = steps.flatMap(({ spec, inCode }) =>
    inCode !== undefined && definitionOf(spec).usesCode?.(spec) ? [steps[inCode]!.spec] : [],
  )
  const lookedOf = new Set(looked.flatMap((spec) => namesIn(spec, 'webhooks').map(([, name]) => name)))
  for (const [name, webhook] of Object.entries(webhooks))
    if (webhook.ivr && !lookedOf.has(name) && !sendsCode(webhook))
      report(['webhooks', name, 'urlTemplate'], UNSENT)
  /** `ivr` step → whether a webhook below it sends its code. */
  const sent = new Map<number, boolean>()
  for (const { spec, inIvr } of ownSteps({ steps })) {
    // What a step tells a server is without the code.
    if (inIvr === undefined || definitionOf(spec).tells !== undefined) continue
    for (const [, name] of namesIn(spec, 'webhooks')) {
      const webhook = webhooks[name]!
      // One with an `ivr` of its own sends that code.
      sent.set(inIvr, sent.get(inIvr) === true || (!webhook.ivr && sendsCode(webhook)))
    }
  }
  for (const [index, isSent] of sent)
    if (!isSent && !looked.includes(steps[index]!.spec)) report(places[index]!.path, UNSENT_BELOW)
}

function sendsCode(webhook: WebhookSpec): boolean {
  return webhook.method === 'POST' || placeholdersOf(webhook).includes('code')
}

/** Warns of `{code}` where the code that was keyed last, for a webhook, is another one: that webhook alone gets it. */
export function otherCodes(
  { document: { webhooks }, steps }: CompiledDocument,
  places: readonly StepPlace[],
  report: Report,
): void {
  for (const { spec, index, inCode, inIvr } of ownSteps({ steps })) {
    const { tells } = definitionOf(spec)
    if (inCode === undefined || inIvr === undefined || inCode === inIvr || tells !== undefined) continue
    for (const [field, name] of namesIn(spec, 'webhooks')) {
      const webhook = webhooks[name]!
      if (webhook.ivr || !placeholdersOf(webhook).includes('code')) continue
      report(
        [...places[index]!.path, field],
        `{code} is what was keyed at ${steps[inIvr]!.name} here, since what is keyed at ${steps[inCode]!.name} goes to the webhook there alone; ask for that with an ivr step around both`,
      )
    }
  }
}
