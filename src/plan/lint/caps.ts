/**
 * What one document may multiply. Whoever writes a document shares the controller with others, so nothing in it
 * may cost more than a call or a reload of theirs can wait for: counted before anything else looks at it. What
 * the figures come to test/plan/cost.test.ts shows.
 */
import { entriesOf, isObject, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import { outline, stepLists } from './outline.ts'

/** Read, checked and hashed in one go, in a process of its own. */
export const MOST_BYTES = 4 * 1024 * 1024

/** Of the document itself, `x-` fields included: what copies it takes its time for each. */
export const MOST_FIELDS = 1000

/** A document is prepared for its first call in one go, and other calls wait: some 10 ms for so many steps. */
export const MOST_STEPS = 5000

/** What is reached, what goes round and what is never used is worked out over all of them. */
export const MOST_PLANS = 1000

/** Each is kept ready for its questions: URL, headers, secrets, the state of its server. */
export const MOST_WEBHOOKS = 1000

/** Each is a file or stream that somebody recorded. */
export const MOST_AUDIO = 1000

/** All of them are looked through for each digit that a caller keys. */
export const MOST_CHOICES = 1000

/** Each is a branch of its own, also where it has no steps. */
export const MOST_CHOICES_IN_ALL = 5000

/** Each is read by libphonenumber, some 5 µs, and held in the index that every call is looked up in. */
export const MOST_NUMBERS = 100_000

/** Sent with each question. Servers take some 100 in all, proxies 8 KiB of them. */
export const MOST_HEADERS = 32
export const MOST_HEADER_BYTES = 8 * 1024

/** Each is filled in and encoded for each question, with up to 128 characters. */
export const MOST_PLACEHOLDERS = 32

/** Of what is for people, such as `description` and `note`: a page of it. */
export const LONGEST_TEXT = 2000

/** Of what names something in the document, as its definition does. */
export const LONGEST_NAME = 64

/** Of `env:NAME`. */
export const LONGEST_SECRET = 128

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
  most('plans', MOST_PLANS, 'plans')
  for (const [name, webhook] of entriesOf(objectAt(document, 'webhooks')))
    headerErrors(objectAt(webhook, 'headers'), ['webhooks', name, 'headers'], report)
  numberErrors(document, report)
  // What is told by the place of the first one too many has to be counted step by step, and ends there.
  if (!stepErrors(document, report)) choiceErrors(document, report)
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
    if (step.type !== 'ivr') continue
    const choices = Object.keys(objectAt(step, 'choices'))
    const extra = choices[MOST_CHOICES]
    if (extra !== undefined) {
      const message = `a menu has at most ${MOST_CHOICES} choices; make several menus of it, or ask a webhook with a code`
      return report([...path, 'choices', extra], message, true)
    }
    const left = MOST_CHOICES_IN_ALL - count
    count += choices.length
    if (count <= MOST_CHOICES_IN_ALL) continue
    const message = `the menus of a document have at most ${MOST_CHOICES_IN_ALL} choices in all; put some plans into documents of their own`
    return report([...path, 'choices', choices[left]!], message, true)
  }
}
