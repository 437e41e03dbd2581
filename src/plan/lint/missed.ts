import type { PlanDocument } from '../document.ts'
import type { Report } from '../../json/index.ts'

const ALONE = 'write a webhook of its own for missed calls'

/** Warns where `missed` names a webhook that needs a code: it is asked when the caller is gone. */
export function missedWithCode({ plans, webhooks }: PlanDocument, report: Report): void {
  for (const [plan, { missed }] of Object.entries(plans)) {
    const webhook = missed === undefined ? undefined : webhooks[missed]
    if (!webhook) continue
    const urls = [webhook.urlTemplate, webhook.fallbackUrlTemplate ?? '']
    const path = ['plans', plan, 'missed']
    if (webhook.ivr) report(path, `the caller is gone by then, so its "ivr" asks nobody; ${ALONE}`)
    else if (urls.some((url) => url.includes('{code}')))
      report(path, `{code} is always empty in the question about a missed call; ${ALONE}`)
  }
}
