/** The number patterns of a document's plans: those that cannot be read, and those that nobody can dial. */
import { entriesOf, isObject, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import type { PlanDocument } from '../document.ts'
import { isDeadNational, isStub, type NumberPattern, readNumberPattern } from '../numbers/index.ts'
import type { LintOptions } from './options.ts'

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

/** The number patterns of all plans; those that cannot be read are reported. `document` may be wrong in any way. */
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

/** `document` must be valid; `uses` are its number patterns. */
export function numberWarnings(
  document: PlanDocument,
  uses: readonly NumberUse[],
  options: LintOptions,
  report: Report,
): void {
  for (const use of uses) {
    const message = doubtOf(use, options)
    if (message !== undefined) report(numberPath(use), message)
  }
  for (const [plan, { numbers, steps }] of Object.entries(document.plans)) {
    if (numbers.length === 0 || steps.length > 0) continue
    report(
      ['plans', plan, 'steps'],
      'calls on these numbers end at once, since there are no steps; write some',
    )
  }
}

function doubtOf({ written, pattern }: NumberUse, { defaultCountry }: LintOptions): string | undefined {
  if (isDeadNational(pattern)) {
    const why =
      defaultCountry === undefined
        ? 'without a defaultCountry a national number is no E.164 number; write it with + and the country code'
        : `it is no valid number in ${defaultCountry}; check its digits`
    return `nobody can dial "${written}": ${why}`
  }
  if (isStub(pattern)) {
    return `nobody can dial "${written}": it is only the beginning of a number; write the whole of it, or "${pattern.value}*" for all that begin so`
  }
  if (pattern.kind === 'prefix' && pattern.value === '+') {
    return `"${written}" claims every number in international form that nothing else does; write more digits, or "*" if everything else is meant`
  }
  return undefined
}
