/** What is left of a valid document for calls: neither what is for people, nor what is for other programs. */
import { normalised } from '../address-book.ts'
import type { PlanDocument } from '../document.ts'
import { outline } from '../lint/index.ts'
import { definitionIfKnown } from '../step-definitions.ts'
import type { Step } from '../step.ts'
import type { ServedDocument } from '../revisions/index.ts'

/**
 * Takes out of `document`, in place, what means nothing to a call: every field that begins with `x-` (a menu must
 * not offer one as a choice), and what is for people. Numbers that calls are compared with are in one form in what it returns, and
 * stay as they are in `document`, which findings quote; `country` reads national ones. Returns the rest as text, since thousands of documents as
 * objects would have to be copied at every garbage collection.
 */
export function serve(name: string, document: PlanDocument, country: string | undefined): ServedDocument {
  const { domain } = document
  const about = { ...(domain !== undefined && { domain }), ...descriptionOf(document) }
  const plans = Object.entries(document.plans).map(([plan, spec]) => [plan, descriptionOf(spec)] as const)
  strip(document, 'root')
  const normal = normalisedSteps(document, country)
  const { addressBook: book } = document
  const compared = book === undefined ? {} : { addressBook: normalised(book, country) }
  const served = { ...document, ...compared, plans: withoutNumbers(document) }
  const text =
    normal.size === 0
      ? JSON.stringify(served)
      : JSON.stringify(served, (_, value: unknown) => normal.get(value) ?? value)
  return { name, ...about, plans, text }
}

/** By the step: those that are not written as they are compared, without the steps below them. */
function normalisedSteps(document: PlanDocument, country: string | undefined): ReadonlyMap<unknown, object> {
  const normal = new Map<unknown, object>()
  for (const { step } of outline(document)) {
    const fields = definitionIfKnown(step)?.normalise?.(step as unknown as Step, country)
    if (fields) normal.set(step, { ...step, ...fields })
  }
  return normal
}

function descriptionOf({ description }: { readonly description?: string }): { description?: string } {
  return description === undefined ? {} : { description }
}

/** Numbers are looked up in the index of the set. */
function withoutNumbers({ plans }: PlanDocument): PlanDocument['plans'] {
  return Object.fromEntries(Object.entries(plans).map(([name, plan]) => [name, { ...plan, numbers: [] }]))
}

/** `names` are objects whose keys are names: of webhooks or of anything else. Names are not fields. */
type Place = 'root' | 'names' | 'webhooks' | 'webhook' | 'other'

const FOR_PEOPLE = new Set(['$schema', 'description', 'note'])

function strip(value: unknown, place: Place): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) strip(item, 'other')
    return
  }
  const fields = value as Record<string, unknown>
  const isNames = place === 'names' || place === 'webhooks'
  for (const key of Object.keys(fields)) {
    if (key.startsWith('x-') || (!isNames && FOR_PEOPLE.has(key))) Reflect.deleteProperty(fields, key)
    // The names of headers are those of HTTP.
    else if (place !== 'webhook' || key !== 'headers') strip(fields[key], placeBelow(place, key))
  }
  // A webhook always has one.
  if (place === 'webhook') fields['description'] = ''
}

function placeBelow(place: Place, key: string): Place {
  if (place === 'webhooks') return 'webhook'
  if (place !== 'root') return 'other'
  return key === 'webhooks' ? 'webhooks' : 'names'
}
