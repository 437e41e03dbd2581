/** What a check found, at its place. */
import type { JSX } from 'preact'
import type { Finding } from '../api/plans.ts'
import { plansWords } from '../words/plans.ts'
import { Badge } from './badge.tsx'

export type Severity = 'error' | 'warning'

export function FindingLine({ severity, finding }: { severity: Severity; finding: Finding }): JSX.Element {
  const words = plansWords()
  return (
    <p class={`finding ${severity}`}>
      <Badge tone={severity === 'error' ? 'bad' : 'warn'}>{words[severity]}</Badge>
      <span>
        {finding.message} <span class="quiet">({words.line(finding.line)})</span>
      </span>
    </p>
  )
}
