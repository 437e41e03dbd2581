/** All errors of one document that the schema cannot see, and what leads to its plans. */
import { readNumberPattern, type NumberPattern } from '../numbers/index.ts'
import type { Grants } from '../grants.ts'
import { claimErrors } from './claims.ts'
import { entriesOf, isObject, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import { audioFault } from '../../syntax/index.ts'
import type { LintOptions } from './options.ts'
import { stepErrors } from './steps.ts'
import { webhookErrors } from './webhooks.ts'

/** One number pattern of a plan. */
export interface NumberUse {
  readonly plan: string
  /** As written. */
  readonly written: string
  readonly pattern: NumberPattern
  /** Its place in the list. */
  readonly index: number
}

const PATTERNS =
  'write one such as "+31502100000" or "215", a prefix such as "+3150210*", or "*" for everything else'

export function numberPath({ plan, index }: Pick<NumberUse, 'plan' | 'index'>): Path {
  return ['plans', plan, 'numbers', index]
}

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
  stepErrors(document, report)
  const uses = numberUses(document, options, report)
  if (grants) claimErrors(document, name, uses, grants, options.defaultCountry, report)
  return uses
}

/** The number patterns of all plans; those that cannot be read are reported. */
export function numberUses(
  document: JsonObject,
  { defaultCountry }: LintOptions,
  report: Report,
): NumberUse[] {
  const uses: NumberUse[] = []
  for (const [plan, spec] of entriesOf(objectAt(document, 'plans'))) {
    if (!isObject(spec) || !Array.isArray(spec.numbers)) continue
    spec.numbers.forEach((written: unknown, index) => {
      if (typeof written !== 'string' || written === '') return
      const pattern = readNumberPattern(written, defaultCountry)
      if (pattern) uses.push({ plan, written, pattern, index })
      else report(numberPath({ plan, index }), `"${written}" is no number; ${PATTERNS}`)
    })
  }
  return uses
}
