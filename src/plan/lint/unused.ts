import type { CompiledDocument } from '../compile.ts'
import type { EntrySpec } from '../document.ts'
import type { Report } from '../../json/index.ts'

/** Warns of audio, webhooks and plans that nothing uses. */
export function unusedNames(compiled: CompiledDocument, report: Report): void {
  const { document } = compiled
  const tell = (field: string, names: object, used: ReadonlySet<string | undefined>, message: string) => {
    for (const name of Object.keys(names)) if (!used.has(name)) report([field, name], message, true)
  }
  tell('audio', document.audio, usedAudio(compiled), 'nothing uses this audio; use it or take it out')
  tell(
    'webhooks',
    document.webhooks,
    usedWebhooks(compiled),
    'nothing uses this webhook; use it or take it out',
  )
  tell(
    'plans',
    document.plans,
    usedPlans(compiled),
    'nothing leads to this plan; give it "numbers", lead to it by goto, or take it out',
  )
}

type Messages = Pick<EntrySpec, 'startMessage' | 'errorMessage' | 'timeoutMessage'>

function usedAudio({ document, steps }: CompiledDocument): Set<string | undefined> {
  const messages = (entry: Messages | undefined) => [
    entry?.startMessage,
    entry?.errorMessage,
    entry?.timeoutMessage,
  ]
  return new Set([
    ...Object.values(document.webhooks).flatMap(({ waitAudio, ivr }) => [waitAudio, ...messages(ivr)]),
    ...steps.flatMap(({ spec }) =>
      spec.type === 'play' ? [spec.audio] : spec.type === 'ivr' ? messages(spec) : [],
    ),
  ])
}

function usedWebhooks({ document, steps }: CompiledDocument): Set<string | undefined> {
  return new Set([
    ...Object.values(document.plans).map(({ missed }) => missed),
    ...steps.map(({ spec }) => (spec.type === 'webhook' ? spec.webhook : undefined)),
  ])
}

/** Plans with numbers, and those that a goto leads to from one that is used. */
function usedPlans({ document, steps }: CompiledDocument): Set<string> {
  const leadsTo = new Map<string, string[]>()
  for (const { spec, plan } of steps) {
    if (spec.type !== 'goto') continue
    if (!leadsTo.has(plan)) leadsTo.set(plan, [])
    leadsTo.get(plan)!.push(spec.plan)
  }
  const used = new Set(Object.keys(document.plans).filter((plan) => document.plans[plan]!.numbers.length > 0))
  // A set goes on with what is added to it while it is gone through.
  for (const plan of used) for (const other of leadsTo.get(plan) ?? []) used.add(other)
  return used
}
