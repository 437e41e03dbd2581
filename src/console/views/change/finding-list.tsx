/** What is wrong or doubtful, each with its place, which a button leads to. */
import type { JSX } from 'preact'
import type { Finding, Findings } from '../../api/plans.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { FindingCounts, type Found, LineOf, SeverityBadge } from '../../components/finding-line.tsx'
import { changeWords } from '../../words/change.ts'
import { frameWords } from '../../words/frame.ts'
import { plansWords } from '../../words/plans.ts'
import type { AsTyped } from './as-typed.ts'
import { Asking } from './asking.tsx'

interface FindingListProps {
  readonly checked: AsTyped<Findings>
  readonly found: readonly Found[]
  readonly onGoTo: (finding: Finding) => void
}

export function FindingList({ checked, found, onGoTo }: FindingListProps): JSX.Element {
  const words = changeWords()
  const { value, fault, isAsking } = checked
  const errors = found.filter(({ severity }) => severity === 'error').length
  return (
    <section class="card findings" aria-label={words.checks}>
      <h2>{words.checks}</h2>
      <p aria-live="polite" class="actions">
        <FindingCounts errors={errors} warnings={found.length - errors} />
        {value && found.length === 0 && !isAsking && <Badge tone="good">{words.good}</Badge>}
        {isAsking && <Asking doing={plansWords().checking} fault={fault} />}
        {fault && !isAsking && <span class="quiet">{frameWords().faults[fault.code]}</span>}
      </p>
      <ol>
        {found.map(({ severity, finding }, i) => (
          <li key={i} class={severity}>
            <Button kind="plain" onClick={() => onGoTo(finding)}>
              <SeverityBadge severity={severity} />
              <span class="found-text">
                {finding.message} <LineOf finding={finding} />
              </span>
            </Button>
          </li>
        ))}
      </ol>
    </section>
  )
}
