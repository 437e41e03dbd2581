/** Names of audio, webhooks, schedules and plans: those that are used and not there, and those that are there and not used. */
import { entriesOf, type JsonObject, objectAt, type Path, type Report, suggest } from '../../json/index.ts'
import { EVENTS } from '../call-event.ts'
import { LONGEST_NAME } from '../caps.ts'
import { MESSAGES } from '../digits-input.ts'
import type { DigitsInputSpec } from '../document.ts'
import type { CompiledDocument, Named } from '../step.ts'
import { namesIn } from '../step-definitions.ts'

/** The names that `audio`, `webhooks`, `schedules` or `plans` of a document defines. */
export function namesOf(document: JsonObject, of: Named): ReadonlySet<string> {
  return new Set(entriesOf(objectAt(document, of)).map(([key]) => key))
}

/** `name` stands at `path` and must be one of `names`, which are those of the document's `of`. */
export function nameError(
  name: unknown,
  path: Path,
  of: Named,
  names: ReadonlySet<string>,
  report: Report,
): void {
  // What is too long for any name the schema reports.
  if (typeof name !== 'string' || name.length > LONGEST_NAME || names.has(name)) return
  const kind = of === 'audio' ? 'audio' : of.slice(0, -1)
  report(path, `${kind} "${name}" is not in "${of}"${suggest(name, [...names])}`)
}

/** Warns of audio, webhooks, schedules and plans that nothing uses. */
export function unusedNames(compiled: CompiledDocument, report: Report): void {
  const { document } = compiled
  const tell = (field: Named, used: ReadonlySet<string | undefined>, message: string) => {
    for (const name of Object.keys(document[field] ?? {}))
      if (!used.has(name)) report([field, name], message, true)
  }
  tell('audio', usedAudio(compiled), 'nothing uses this audio; use it or take it out')
  tell('webhooks', usedWebhooks(compiled), 'nothing uses this webhook; use it or take it out')
  const schedules = new Set(usedInSteps(compiled, 'schedules'))
  tell('schedules', schedules, 'nothing uses this schedule; use it or take it out')
  tell(
    'plans',
    usedPlans(compiled),
    'nothing leads to this plan; give it "numbers", lead to it by goto, or take it out',
  )
}

function usedInSteps({ steps }: CompiledDocument, of: Named): string[] {
  return steps.flatMap(({ spec }) => namesIn(spec, of).map(([, name]) => name))
}

function usedAudio(compiled: CompiledDocument): Set<string | undefined> {
  const messages = (input: DigitsInputSpec | undefined) => MESSAGES.map((field) => input?.[field])
  const webhooks = Object.values(compiled.document.webhooks)
  return new Set([
    ...webhooks.flatMap(({ waitAudio, ivr }) => [waitAudio, ...messages(ivr)]),
    ...usedInSteps(compiled, 'audio'),
  ])
}

function usedWebhooks(compiled: CompiledDocument): Set<string | undefined> {
  const { plans, events = {} } = compiled.document
  return new Set([
    ...Object.values(plans).map(({ missed }) => missed),
    ...EVENTS.map((event) => events[event]),
    ...usedInSteps(compiled, 'webhooks'),
  ])
}

/** Plans with numbers, and those that a step of a used plan leads to. */
function usedPlans({ document, steps }: CompiledDocument): Set<string> {
  const leadsTo = new Map<string, string[]>()
  for (const { spec, plan } of steps) {
    for (const [, other] of namesIn(spec, 'plans')) {
      const others = leadsTo.get(plan)
      if (others) others.push(other)
      else leadsTo.set(plan, [other])
    }
  }
  const used = new Set(Object.keys(document.plans).filter((plan) => document.plans[plan]!.numbers.length > 0))
  // A set goes on with what is added to it while it is gone through.
  for (const plan of used) for (const other of leadsTo.get(plan) ?? []) used.add(other)
  return used
}
