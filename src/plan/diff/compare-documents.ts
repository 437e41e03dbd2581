/** What differs in a document, besides its numbers. */
import canonicalize from 'canonicalize'
import type { JsonObject } from '../../json/index.ts'
import { hoursInWords, type ScheduleSpec } from '../calendar/index.ts'
import { listed } from '../../util/listed.ts'
import type { PlanDocument, PlanSpec } from '../document.ts'
import { counted, named, type DocumentChange } from './change.ts'
import { createStepComparison } from './compare-steps.ts'
import { fieldChanges } from './fields.ts'

/** A document that came, or that is gone. */
export function wholeDocument(
  { plans }: PlanDocument,
  kind: 'documentAdded' | 'documentRemoved',
): DocumentChange {
  const is = kind === 'documentAdded' ? 'is new' : 'is gone'
  return { kind, sentence: `the document ${is}, with ${counted(Object.keys(plans).length, 'plan')}` }
}

/** `numbers` are the changes of its numbers, which are told before those of its plans. */
export function* compareDocuments(
  before: PlanDocument,
  after: PlanDocument,
  numbers: readonly DocumentChange[],
): Generator<DocumentChange> {
  if (before.domain !== after.domain) yield domainChange(before.domain, after.domain)
  if (before.timezone !== after.timezone) yield timezoneChange(before.timezone, after.timezone)
  yield* numbers
  for (const [name, was, is] of byName(before.audio, after.audio)) {
    if (was !== is) yield { kind: 'audio', sentence: audioChange(name, was, is) }
  }
  yield* addressBookChanges(before.addressBook, after.addressBook)
  for (const [name, was, is] of byName(before.webhooks, after.webhooks)) yield* webhookChanges(name, was, is)
  for (const [name, was, is] of byName(before.schedules ?? {}, after.schedules ?? {}))
    yield* scheduleChanges(name, was, is)
  yield* planChanges(before, after)
}

function domainChange(was: string | undefined, is: string | undefined): DocumentChange {
  const shown = (domain: string | undefined) => domain ?? 'that of FreeSWITCH'
  return {
    kind: 'domain',
    sentence: `its domain is now ${shown(is)}, no longer ${shown(was)}; internal numbers and {domain} in routes go with it`,
  }
}

function timezoneChange(was: string | undefined, is: string | undefined): DocumentChange {
  const shown = (timezone: string | undefined) => timezone ?? "the operator's"
  return {
    kind: 'timezone',
    sentence: `its time zone is now ${shown(is)}, no longer ${shown(was)}; its schedules go by it`,
  }
}

function audioChange(name: string, was: string | undefined, is: string | undefined): string {
  if (is === undefined) return `the audio ${named(name)} is gone`
  return `the audio ${named(name)} is ${was === undefined ? `new: ${is}` : `now ${is}, no longer ${was}`}`
}

function* addressBookChanges(
  was: PlanDocument['addressBook'] = {},
  is: PlanDocument['addressBook'] = {},
): Generator<DocumentChange> {
  const differing = byName(was, is).filter(([, before, after]) => before !== after)
  const tell = (what: string, entries: readonly string[]): DocumentChange[] =>
    entries.length === 0
      ? []
      : [{ kind: 'addressBook', sentence: `in the address book ${listed(entries)} ${what}` }]
  const of = (isOne: (before: string | undefined, after: string | undefined) => boolean) =>
    differing.filter(([, before, after]) => isOne(before, after))
  const added = of((before) => before === undefined).map(([entry, , name]) => `${entry} "${name!}"`)
  const removed = of((_, after) => after === undefined).map(([entry]) => entry)
  const renamed = of((before, after) => before !== undefined && after !== undefined)
  yield* tell(added.length === 1 ? 'is new' : 'are new', added)
  yield* tell(removed.length === 1 ? 'is gone' : 'are gone', removed)
  const names = renamed.map(([entry, before, after]) => `${entry} "${after!}" (before: "${before!}")`)
  yield* tell(names.length === 1 ? 'has another name' : 'have other names', names)
}

function* webhookChanges(
  name: string,
  was: PlanDocument['webhooks'][string] | undefined,
  is: PlanDocument['webhooks'][string] | undefined,
): Generator<DocumentChange> {
  const about = `the webhook ${named(name)}`
  if (is === undefined) yield { kind: 'webhookRemoved', sentence: `${about} is gone` }
  else if (was === undefined) {
    yield { kind: 'webhookAdded', sentence: `${about} is new: ${is.method} ${is.urlTemplate}` }
  } else {
    const changes = fieldChanges(was as unknown as JsonObject, is as unknown as JsonObject)
    for (const change of changes) yield { kind: 'webhook', sentence: `${about} differs: ${change}` }
  }
}

function* scheduleChanges(
  name: string,
  was: ScheduleSpec | undefined,
  is: ScheduleSpec | undefined,
): Generator<DocumentChange> {
  const about = `the schedule ${named(name)}`
  if (is === undefined) yield { kind: 'scheduleRemoved', sentence: `${about} is gone` }
  else if (was === undefined)
    yield { kind: 'scheduleAdded', sentence: `${about} is new: open ${hoursInWords(is).en}` }
  else {
    if (canonicalize([was.hours, was.closedOn]) !== canonicalize([is.hours, is.closedOn])) {
      const [before, now] = [hoursInWords(was).en, hoursInWords(is).en]
      // Of many days only the first are told.
      const change = before === now ? 'has other closing days' : `is now open ${now}, no longer ${before}`
      yield { kind: 'schedule', sentence: `${about} ${change}` }
    }
    for (const change of fieldChanges({ timezone: was.timezone }, { timezone: is.timezone }))
      yield { kind: 'schedule', sentence: `${about} differs: ${change}` }
  }
}

function* planChanges(before: PlanDocument, after: PlanDocument): Generator<DocumentChange> {
  const compareSteps = createStepComparison()
  for (const [plan, was, is] of byName(before.plans, after.plans)) {
    if (is === undefined) yield { plan, kind: 'planRemoved', sentence: `the plan ${named(plan)} is gone` }
    else if (was === undefined) yield { plan, kind: 'planAdded', sentence: newPlan(plan, is) }
    else {
      if (was.missed !== is.missed)
        yield { plan, kind: 'missed', sentence: missedChange(plan, was.missed, is.missed) }
      if (canonicalize(was.steps) !== canonicalize(is.steps)) yield* compareSteps(plan, was.steps, is.steps)
    }
  }
}

function newPlan(plan: string, { steps }: PlanSpec): string {
  return `the plan ${named(plan)} is new, with ${counted(steps.length, 'step')}`
}

function missedChange(plan: string, was: string | undefined, is: string | undefined): string {
  const about = `in ${named(plan)}, missed calls`
  if (is === undefined) return `${about} are no longer told to the webhook ${was!}`
  const before = was === undefined ? '' : `, no longer to ${was}`
  return `${about} are now told to the webhook ${is}${before}`
}

/** Entries of both by name, in the order of names. */
function byName<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): [name: string, before: T | undefined, after: T | undefined][] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  const own = (of: Readonly<Record<string, T>>, name: string) =>
    Object.hasOwn(of, name) ? of[name] : undefined
  return names.map((name) => [name, own(before, name), own(after, name)])
}
