/** What is allowed and yet probably not meant. */
import type { Path, Report } from '../../json/index.ts'
import { EVENTS } from '../call-event.ts'
import { compile } from '../compile.ts'
import type { PlanDocument } from '../document.ts'
import type { CompiledDocument } from '../step.ts'
import { definitionOf, destinationsIn, namesIn } from '../step-definitions.ts'
import { placeholdersOf, variablesOf } from '../url-template.ts'
import { variableOf } from '../variables.ts'
import { addressBookWarnings } from './address-book.ts'
import { otherCodes, unsentCodes } from './codes.ts'
import { longWaits, silentFailures } from './hearing.ts'
import { unusedNames } from './names.ts'
import { type NumberUse, numberWarnings } from './numbers.ts'
import type { LintOptions } from './options.ts'
import { scheduleWarnings } from './schedules.ts'
import { endlessWays, ownSteps, placesOf, type StepPlace, unreachableSteps } from './reach.ts'

/** `document` must be valid, with its defaults filled in; `uses` are its number patterns. */
export function documentWarnings(
  name: string,
  document: PlanDocument,
  uses: readonly NumberUse[],
  options: LintOptions,
  report: Report,
): void {
  const compiled = compile(name, document)
  const places = placesOf(compiled)
  unreachableSteps(compiled, places, report)
  silentFailures(compiled, places, report)
  longWaits(compiled, places, report)
  endlessWays(compiled, places, report)
  unroutedDestinations(compiled, places, options, report)
  doubtfulSteps(compiled, places, options, report)
  unusedNames(compiled, report)
  plainHttp(document, report)
  toldWithoutSecrets(compiled, places, report)
  eventWarnings(compiled, report)
  unsentCodes(compiled, places, report)
  otherCodes(compiled, places, report)
  unsetVariables(compiled, places, report)
  scheduleWarnings(document, report)
  numberWarnings(document, uses, options, report)
  addressBookWarnings(document, options.defaultCountry, report)
  unusedAddressBook(compiled, report)
}

/** Warns of destinations that the operator's routes do not let out. */
function unroutedDestinations(
  compiled: CompiledDocument,
  places: readonly StepPlace[],
  { refusal }: LintOptions,
  report: Report,
): void {
  if (refusal === undefined) return
  for (const { spec, index } of ownSteps(compiled)) {
    for (const [path, destination] of destinationsIn(spec)) {
      const why = refusal(destination)
      if (why === undefined) continue
      const message = `"${destination}" is never rung: ${why}; correct it, or have the operator change the routes`
      report([...places[index]!.path, ...path], message)
    }
  }
}

function doubtfulSteps(
  compiled: CompiledDocument,
  places: readonly StepPlace[],
  { defaultCountry }: LintOptions,
  report: Report,
): void {
  const followed = new Set(places.map(({ before }) => before))
  for (const { spec, index } of ownSteps(compiled)) {
    const { audio } = compiled.document
    const place = { country: defaultCountry, isLast: !followed.has(index), audio }
    definitionOf(spec).warnings?.(spec, places[index]!.path, place, report)
  }
}

function unusedAddressBook({ document, steps }: CompiledDocument, report: Report): void {
  if (document.addressBook === undefined) return
  if (steps.some(({ spec }) => definitionOf(spec).usesAddressBook?.(spec))) return
  report(['addressBook'], 'nothing looks into it; use callername with the mode "book", or take it out', true)
}

function plainHttp(document: PlanDocument, report: Report): void {
  for (const [name, webhook] of Object.entries(document.webhooks)) {
    for (const field of ['urlTemplate', 'fallbackUrlTemplate'] as const) {
      if (!/^http:/i.test(webhook[field] ?? '')) continue
      report(
        ['webhooks', name, field],
        'plain http: anybody on the way can read and change what is sent; write https://',
      )
    }
  }
}

/**
 * Warns where a webhook that needs what is secret is told of something instead of asked: the caller is gone by then, or
 * goes on. A code is in no such request, secret variables are in none about a missed call, and none at all is in an event.
 */
function toldWithoutSecrets(
  { document: { plans, webhooks, events = {} }, steps, secretVariables }: CompiledDocument,
  places: readonly StepPlace[],
  report: Report,
): void {
  /** What `name` needs and does not get; undefined: nothing. */
  const missing = (name: string | undefined, secret: (placeholder: string) => boolean) => {
    const webhook = name === undefined ? undefined : webhooks[name]
    if (webhook?.ivr) return 'ivr'
    return (
      webhook && placeholdersOf(webhook).find((placeholder) => placeholder === 'code' || secret(placeholder))
    )
  }
  const isSecretVariable = (placeholder: string) => secretVariables.has(variableOf(placeholder) ?? '')
  for (const [plan, { missed }] of Object.entries(plans)) {
    const need = missing(missed, isSecretVariable)
    if (need === undefined) continue
    const why =
      need === 'ivr'
        ? 'the caller is gone by then, so its "ivr" asks nobody'
        : `{${need}} is always empty in the question about a missed call`
    report(['plans', plan, 'missed'], `${why}; write a webhook of its own for missed calls`)
  }
  const warned = new Set<string>()
  for (const event of EVENTS) {
    const webhook = events[event]
    if (webhook === undefined || warned.has(webhook)) continue
    warned.add(webhook)
    const need = missing(events[event], (placeholder) => variableOf(placeholder) !== undefined)
    if (need === undefined) continue
    const why =
      need === 'ivr'
        ? 'an event asks the caller nothing, so the webhook\'s "ivr" is left out'
        : `{${need}} is always empty in an event`
    report(['events', event], `${why}; write a webhook of its own for events`)
  }
  for (const { spec, index } of ownSteps({ steps })) {
    const { tells } = definitionOf(spec)
    const told = namesIn(spec, 'webhooks').find(([field]) => field === tells)?.[1]
    const need = missing(told, () => false)
    if (tells === undefined || need === undefined) continue
    const why =
      need === 'ivr'
        ? 'this step does not wait, so the webhook\'s "ivr" asks nobody'
        : '{code} is always empty in what this step tells'
    report([...places[index]!.path, tells], `${why}; write a webhook of its own for what is told`)
  }
}

/** Fields of a webhook that count for questions alone; the values with which they do nothing. */
const OF_QUESTIONS = {
  fallbackUrlTemplate: undefined,
  retries: 0,
  cacheSeconds: 0,
  staleIfErrorSeconds: 0,
  reply: 'required',
} as const

/** Warns of what does not count where events are told, and of what is told twice. */
function eventWarnings({ document: { plans, webhooks, events }, steps }: CompiledDocument, report: Report): void {
  if (!events) return
  const told = new Set(EVENTS.flatMap((event) => events[event] ?? []))
  if (told.size === 0) report(['events'], 'no event is named, so none is told; name one, or take it out', true)
  const asked = new Set([
    ...Object.values(plans).map(({ missed }) => missed),
    ...steps.flatMap(({ spec }) => namesIn(spec, 'webhooks').map(([, name]) => name)),
  ])
  for (const name of told) {
    const webhook = webhooks[name]!
    for (const field of Object.keys(OF_QUESTIONS) as (keyof typeof OF_QUESTIONS)[]) {
      // For questions it may count.
      if (webhook[field] === OF_QUESTIONS[field] || (asked.has(name) && field !== 'fallbackUrlTemplate')) continue
      report(['webhooks', name, field], 'does not count for events, which are sent to the first URL until it takes them; take it out, or write a webhook of its own for events')
    }
  }
  for (const [plan, { missed }] of Object.entries(plans))
    if (missed !== undefined && missed === events.missed)
      report(['plans', plan, 'missed'], 'this webhook is told twice of a missed call, here and by the event "missed"; take one of them out')
} // prettier-ignore

/** Warns of variables in a document none of whose webhooks is asked for an answer that is read. */
function unsetVariables(compiled: CompiledDocument, places: readonly StepPlace[], report: Report): void {
  const { webhooks } = compiled.document
  const isAnswered = compiled.steps.some(
    ({ spec }) =>
      definitionOf(spec).tells === undefined &&
      namesIn(spec, 'webhooks').some(([, name]) => webhooks[name]!.reply === 'required'),
  )
  if (isAnswered) return
  const tell = (path: Path, name: string) =>
    report(
      path,
      `the variable "${name}" is always empty, since no webhook here is asked for an answer; ask one before, or take it out`,
    )
  for (const { spec, index } of ownSteps(compiled))
    for (const name of definitionOf(spec).variables?.(spec) ?? []) tell(places[index]!.path, name)
  for (const [key, webhook] of Object.entries(webhooks))
    for (const name of new Set(variablesOf(webhook))) tell(['webhooks', key], name)
}
