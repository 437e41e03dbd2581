/** What a check found, at its place. */
import type { JSX } from 'preact'
import type { Finding, Findings } from '../api/plans.ts'
import { plansWords } from '../words/plans.ts'
import { Badge } from './badge.tsx'
import { Ticked } from './ticked.tsx'

export interface Found {
  readonly severity: 'error' | 'warning'
  readonly finding: Finding
}

/** The errors first. */
export const foundIn = ({ errors, warnings }: Findings): Found[] => [
  ...errors.map((finding) => ({ severity: 'error', finding }) as const),
  ...warnings.map((finding) => ({ severity: 'warning', finding }) as const),
]

export function FindingLine({ severity, finding }: Found): JSX.Element {
  return (
    <p class={`finding ${severity}`}>
      <SeverityBadge severity={severity} />
      <span>
        <Ticked text={finding.message} /> <LineOf finding={finding} />
      </span>
    </p>
  )
}

export function SeverityBadge({ severity }: Pick<Found, 'severity'>): JSX.Element {
  return <Badge tone={severity === 'error' ? 'bad' : 'warn'}>{plansWords()[severity]}</Badge>
}

export function LineOf({ finding: { line } }: Pick<Found, 'finding'>): JSX.Element {
  return <span class="quiet">({plansWords().line(line)})</span>
}

/** How many errors, and how many warnings; of what there is none, nothing. */
export function FindingCounts({ errors, warnings }: Record<'errors' | 'warnings', number>): JSX.Element {
  const words = plansWords()
  return (
    <>
      {errors > 0 && <Badge tone="bad">{words.errors(errors)}</Badge>}
      {warnings > 0 && <Badge tone="warn">{words.warnings(warnings)}</Badge>}
    </>
  )
}
