/** All errors of one document that the schema cannot see, and the number patterns of its plans. */
import { entriesOf, isObject, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import { audioFault } from '../../syntax/index.ts'
import { EVENTS } from '../call-event.ts'
import type { Grants } from '../grants.ts'
import type { Named } from '../step.ts'
import { definitionIfKnown, namesIn } from '../step-definitions.ts'
import { addressBookErrors } from './address-book.ts'
import { callErrors } from './calls.ts'
import { claimErrors } from './claims.ts'
import { nameError, namesOf } from './names.ts'
import { type NumberUse, numberUses } from './numbers.ts'
import type { LintOptions } from './options.ts'
import { outline, type OutlinedStep } from './outline.ts'
import { scheduleErrors } from './schedules.ts'
import { webhookErrors } from './webhooks.ts'

/** `document` is as in the file: no defaults filled in, and perhaps not valid. */
export function documentErrors(
  document: JsonObject,
  name: string,
  options: LintOptions,
  grants: Grants | undefined,
  report: Report,
): NumberUse[] {
  for (const [key, audio] of entriesOf(objectAt(document, 'audio'))) {
    const fault = typeof audio === 'string' ? audioFault(audio) : undefined
    if (fault !== undefined) report(['audio', key], fault)
  }
  webhookErrors(document, name, options, grants, report)
  scheduleErrors(document, report)
  addressBookErrors(document, options.defaultCountry, report)
  stepErrors(document, options.defaultCountry, report)
  callErrors(document, report)
  const uses = numberUses(document, options, report)
  if (grants) claimErrors(document, name, uses, grants, options.defaultCountry, report)
  return uses
}

function stepErrors(document: JsonObject, country: string | undefined, report: Report): void {
  const names = {
    audio: namesOf(document, 'audio'),
    webhooks: namesOf(document, 'webhooks'),
    schedules: namesOf(document, 'schedules'),
    plans: namesOf(document, 'plans'),
  }
  for (const [plan, spec] of entriesOf(objectAt(document, 'plans'))) {
    if (isObject(spec)) nameError(spec.missed, ['plans', plan, 'missed'], 'webhooks', names.webhooks, report)
  }
  const secretVariables = secretVariablesIn(document)
  const hasAddressBook = 'addressBook' in document
  for (const event of EVENTS) {
    const path = ['events', event]
    nameError(objectAt(document, 'events')[event], path, 'webhooks', names.webhooks, report)
  }
  const ids = new Map<string, Path>()
  for (const outlined of outline(document)) {
    const { step, path, belowWebhook, belowCode } = outlined
    for (const of of Object.keys(names) as Named[]) {
      for (const [field, used] of namesIn(step, of)) nameError(used, [...path, field], of, names[of], report)
    }
    definitionIfKnown(step)?.errors?.(
      step,
      path,
      { belowWebhook, belowCode, secretVariables, hasAddressBook, country },
      report,
    )
    idError(outlined, ids, report)
  }
}

function secretVariablesIn(document: JsonObject): ReadonlySet<string> {
  const names = Object.values(objectAt(document, 'webhooks')).flatMap((webhook): unknown[] => {
    const secret = isObject(webhook) ? webhook.secretVariables : undefined
    return Array.isArray(secret) ? secret : []
  })
  return new Set(names.filter((name) => typeof name === 'string'))
}

/** A default name holds a slash (`main/0`) and an `id` cannot, so ids only meet each other. */
function idError({ step, path }: OutlinedStep, ids: Map<string, Path>, report: Report): void {
  const { id } = step
  if (typeof id !== 'string') return
  const first = ids.get(id)
  if (first === undefined) ids.set(id, path)
  else
    report(
      [...path, 'id'],
      `the id "${id}" is taken by the step at ${first.slice(1).join('/')}; ids are unique in a document`,
    )
}
