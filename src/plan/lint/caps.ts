/** Errors where a document has too much of something: found before anything else looks at it. */
import { entriesOf, isObject, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import {
  MOST_FIELDS,
  MOST_ADDRESSES,
  MOST_STEPS,
  MOST_PLANS,
  MOST_WEBHOOKS,
  MOST_AUDIO,
  MOST_CASES,
  MOST_CASES_IN_ALL,
  MOST_CHOICES,
  MOST_CHOICES_IN_ALL,
  MOST_NUMBERS,
  MOST_HEADERS,
  MOST_MATCHES,
  MOST_HEADER_BYTES,
  MOST_HOLIDAY_REGIONS,
  MOST_SCHEDULES,
} from '../caps.ts'
import { definitionIfKnown } from '../step-definitions.ts'
import { outline, stepLists } from './outline.ts'
import { regionsOf } from './schedules.ts'

/** Reports the first thing too many of each kind. `document` may be wrong in any other way. */
export function capErrors(document: JsonObject, report: Report): void {
  const field = Object.keys(document)[MOST_FIELDS]
  if (field !== undefined) {
    const message = `a document has at most ${MOST_FIELDS} fields; put what is yours into one that begins with x-`
    report([field], message, true)
  }
  const most = (field: string, cap: number, what: string) => {
    const extra = Object.keys(objectAt(document, field))[cap]
    if (extra !== undefined)
      report([field, extra], `a document has at most ${cap} ${what}; make several documents of it`, true)
  }
  most('audio', MOST_AUDIO, 'names of audio')
  most('webhooks', MOST_WEBHOOKS, 'webhooks')
  most('schedules', MOST_SCHEDULES, 'schedules')
  most('plans', MOST_PLANS, 'plans')
  for (const [name, webhook] of entriesOf(objectAt(document, 'webhooks')))
    headerErrors(objectAt(webhook, 'headers'), ['webhooks', name, 'headers'], report)
  const address = Object.keys(objectAt(document, 'addressBook'))[MOST_ADDRESSES]
  if (address !== undefined) {
    const message = `an address book has at most ${MOST_ADDRESSES} entries; write prefixes such as "+3150210*", or ask a webhook`
    report(['addressBook', address], message, true)
  }
  numberErrors(document, report)
  holidayErrors(document, report)
  // Steps and choices are counted one by one, since the first one too many has its place in the report.
  if (stepErrors(document, report)) return
  choiceErrors(document, report)
  caseErrors(document, report)
}

function headerErrors(headers: JsonObject, path: Path, report: Report): void {
  const names = Object.keys(headers)
  const extra = names[MOST_HEADERS]
  if (extra !== undefined)
    return report([...path, extra], `a webhook has at most ${MOST_HEADERS} headers; take some out`, true)
  let bytes = 0
  for (const name of names) {
    const value = headers[name]
    bytes += name.length + (typeof value === 'string' ? value.length : 0)
    if (bytes <= MOST_HEADER_BYTES) continue
    const message = `a webhook's headers have at most ${MOST_HEADER_BYTES} characters in all, names and values; shorten them`
    return report([...path, name], message, true)
  }
}

function numberErrors(document: JsonObject, report: Report): void {
  let count = 0
  for (const [name, plan] of entriesOf(objectAt(document, 'plans'))) {
    if (!isObject(plan) || !Array.isArray(plan.numbers)) continue
    const left = MOST_NUMBERS - count
    count += plan.numbers.length
    if (count <= MOST_NUMBERS) continue
    const message = `a document has at most ${MOST_NUMBERS} numbers; write prefixes such as "+3150210*", or make several documents of it`
    return report(['plans', name, 'numbers', left], message)
  }
}

function holidayErrors(document: JsonObject, report: Report): void {
  const regions = new Set<string>()
  for (const { region, path } of regionsOf(document)) {
    if (regions.add(region).size <= MOST_HOLIDAY_REGIONS) continue
    const message = `a document has the holidays of at most ${MOST_HOLIDAY_REGIONS} countries and regions; make several documents of it`
    return report(path, message)
  }
}

/** Whether there are too many. */
function stepErrors(document: JsonObject, report: Report): boolean {
  let count = 0
  for (const { list, path } of stepLists(document)) {
    const left = MOST_STEPS - count
    count += list.length
    if (count <= MOST_STEPS) continue
    report(
      [...path, left],
      `a document has at most ${MOST_STEPS} steps; put some plans into documents of their own`,
    )
    return true
  }
  return false
}

function choiceErrors(document: JsonObject, report: Report): void {
  let count = 0
  for (const { step, path } of outline(document)) {
    const field = definitionIfKnown(step)?.choices
    if (field === undefined) continue
    const choices = Object.keys(objectAt(step, field))
    const extra = choices[MOST_CHOICES]
    if (extra !== undefined) {
      const message = `a menu has at most ${MOST_CHOICES} choices; make several menus of it, or ask a webhook with a code`
      return report([...path, field, extra], message, true)
    }
    const left = MOST_CHOICES_IN_ALL - count
    count += choices.length
    if (count <= MOST_CHOICES_IN_ALL) continue
    const message = `the menus of a document have at most ${MOST_CHOICES_IN_ALL} choices in all; put some plans into documents of their own`
    return report([...path, field, choices[left]!], message, true)
  }
}

function caseErrors(document: JsonObject, report: Report): void {
  let count = 0
  let matches = 0
  for (const { step, path } of outline(document)) {
    const { branches = {} } = definitionIfKnown(step) ?? {}
    for (const field of Object.keys(branches).filter((one) => branches[one] === 'cases')) {
      const cases: unknown = step[field]
      if (!Array.isArray(cases)) continue
      if (cases.length > MOST_CASES) {
        const message = `a switch has at most ${MOST_CASES} cases; put values with the same steps into one, or ask a webhook`
        return report([...path, field, MOST_CASES], message)
      }
      const left = MOST_CASES_IN_ALL - count
      count += cases.length
      if (count > MOST_CASES_IN_ALL) {
        const message = `a document has at most ${MOST_CASES_IN_ALL} cases in all; put some plans into documents of their own`
        return report([...path, field, left], message)
      }
      for (const [i, one] of cases.entries()) {
        const { match } = isObject(one) ? one : {}
        matches += Array.isArray(match) ? match.length : 1
        if (matches <= MOST_MATCHES) continue
        const message = `a document has at most ${MOST_MATCHES} values in its cases; write prefixes such as "+3161*", or ask a webhook`
        return report([...path, field, i, 'match'], message)
      }
    }
  }
}
