/** What is allowed and yet probably not meant. */
import type { Report } from '../../json/index.ts'
import { compile } from '../compile.ts'
import type { PlanDocument } from '../document.ts'
import type { CompiledDocument } from '../step.ts'
import { definitionOf, destinationsIn, namesIn } from '../step-definitions.ts'
import { addressBookWarnings } from './address-book.ts'
import { unsentCodes } from './codes.ts'
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
  toldWithCode(compiled, places, report)
  unsentCodes(compiled, places, report)
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
    const place = { country: defaultCountry, isLast: !followed.has(index) }
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
 * Warns where a webhook that needs a code is told of something instead of asked: the caller is gone by then, or goes
 * on. A code is in no such request.
 */
function toldWithCode(
  { document: { plans, webhooks }, steps }: CompiledDocument,
  places: readonly StepPlace[],
  report: Report,
): void {
  const needsCode = (name: string | undefined) => {
    const webhook = name === undefined ? undefined : webhooks[name]
    if (webhook?.ivr) return 'ivr'
    const urls = [webhook?.urlTemplate, webhook?.fallbackUrlTemplate]
    return urls.some((url) => url?.includes('{code}')) ? 'url' : undefined
  }
  for (const [plan, { missed }] of Object.entries(plans)) {
    const need = needsCode(missed)
    if (need === undefined) continue
    const why = {
      ivr: 'the caller is gone by then, so its "ivr" asks nobody',
      url: '{code} is always empty in the question about a missed call',
    }[need]
    report(['plans', plan, 'missed'], `${why}; write a webhook of its own for missed calls`)
  }
  for (const { spec, index } of steps) {
    const { tells } = definitionOf(spec)
    const told = namesIn(spec, 'webhooks').find(([field]) => field === tells)?.[1]
    const need = needsCode(told)
    if (tells === undefined || need === undefined) continue
    const why = {
      ivr: 'this step does not wait, so the webhook\'s "ivr" asks nobody',
      url: '{code} is always empty in what this step tells',
    }[need]
    report([...places[index]!.path, tells], `${why}; write a webhook of its own for what is told`)
  }
}
