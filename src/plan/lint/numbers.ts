/** Warnings about what leads to plans, and where it leads. */
import type { PlanDocument } from '../document.ts'
import { isDeadNational, isStub } from '../numbers/index.ts'
import { numberPath, type NumberUse } from './document.ts'
import type { Report } from '../../json/index.ts'
import type { LintOptions } from './options.ts'

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
