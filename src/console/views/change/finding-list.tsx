/** What is wrong or doubtful, each with its place, which a button leads to. */
import type { JSX } from 'preact'
import type { Finding, Findings } from '../../api/plans.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { changeWords } from '../../words/change.ts'
import { frameWords } from '../../words/frame.ts'
import type { AsTyped } from './as-typed.ts'
import type { Found } from './editor.ts'

interface FindingListProps {
  readonly checked: AsTyped<Findings>
  readonly found: readonly Found[]
  readonly onGoTo: (finding: Finding) => void
}

export function FindingList({ checked, found, onGoTo }: FindingListProps): JSX.Element {
  const words = changeWords()
  const { value, fault, isAsking } = checked
  const errors = found.filter(({ severity }) => severity === 'error').length
  const warnings = found.length - errors
  return (
    <section class="card findings" aria-label={words.checks}>
      <h2>{words.checks}</h2>
      <p aria-live="polite" class="actions">
        {errors > 0 && <Badge tone="bad">{words.errors(errors)}</Badge>}
        {warnings > 0 && <Badge tone="warn">{words.warnings(warnings)}</Badge>}
        {value && found.length === 0 && !isAsking && <Badge tone="good">{words.good}</Badge>}
        {isAsking && <span class="quiet">{fault ? words.busy : words.checking}</span>}
        {fault && !isAsking && <span class="quiet">{frameWords().faults[fault.code]}</span>}
      </p>
      <ol>
        {found.map(({ severity, finding }, i) => (
          <li key={i} class={severity}>
            <Button kind="plain" onClick={() => onGoTo(finding)}>
              <Badge tone={severity === 'error' ? 'bad' : 'warn'}>{words[severity]}</Badge>
              <span class="found-text">
                {finding.message} <span class="quiet">({words.goTo(finding.line)})</span>
              </span>
            </Button>
          </li>
        ))}
      </ol>
    </section>
  )
}
