/** What became of the document's tests with the text as it is now. */
import type { JSX } from 'preact'
import type { TestedDocument, TestedCase } from '../../api/documents.ts'
import { Badge } from '../../components/badge.tsx'
import { percent } from '../../format.ts'
import { hrefTo } from '../../router.ts'
import { changeWords } from '../../words/change.ts'
import { frameWords } from '../../words/frame.ts'
import type { AsTyped } from './as-typed.ts'
import { Asking } from './asking.tsx'

interface TestListProps {
  readonly name: string
  readonly tested: AsTyped<TestedDocument | undefined>
  /** The document has errors, or is not checked yet. */
  readonly isWaiting: boolean
}

const MOST_MISSING = 8

export function TestList({
  name,
  tested: { value, fault, isAsking },
  isWaiting,
}: TestListProps): JSX.Element {
  const words = changeWords()
  return (
    <section class="card tests" aria-label={words.tests}>
      <h2>{words.tests}</h2>
      <p aria-live="polite" class="actions">
        {isWaiting && <span class="quiet">{words.testsWait}</span>}
        {value && value.failed > 0 && <Badge tone="bad">{words.failed(value.failed)}</Badge>}
        {value && value.passed > 0 && <Badge tone="good">{words.passed(value.passed)}</Badge>}
        {value && (
          <span class="quiet">
            {words.walked(percent(value.coverage.walked / Math.max(1, value.coverage.total)))}
          </span>
        )}
        {isAsking && <Asking doing={words.running} fault={fault} />}
        {fault && !isAsking && <span class="quiet">{fault.message || frameWords().faults[fault.code]}</span>}
      </p>
      {!isWaiting && !isAsking && !fault && value === undefined && (
        <p class="quiet">
          {words.noTests} <a href={hrefTo('try', { rest: name, query: { draft: '' } })}>{words.tryIt}</a>
        </p>
      )}
      {value && (
        <>
          <ul>
            {value.cases
              .filter(({ passed }) => !passed)
              .map((one) => (
                <Failed key={one.name} {...one} />
              ))}
          </ul>
          <Missing {...value.coverage} />
        </>
      )}
    </section>
  )
}

function Failed({ name, failures, unused, walked }: TestedCase): JSX.Element {
  const words = changeWords()
  return (
    <li class="failed">
      <p>
        <strong>{name}</strong>
      </p>
      {unused.map((note, i) => (
        <p key={i} class="quiet">
          {note}
        </p>
      ))}
      {failures.map(({ field, expected, got, at, message }, i) =>
        field === undefined ? (
          <p key={i}>{message}</p>
        ) : (
          <dl key={i} class="values">
            <div>
              <dt>{field}</dt>
              <dd>
                {words.expected} {expected}, {words.got} {got}
                {at !== undefined && <span class="quiet"> ({at})</span>}
              </dd>
            </div>
          </dl>
        ),
      )}
      {walked !== '' && <p class="quiet">{walked}</p>}
    </li>
  )
}

function Missing({ missing }: TestedDocument['coverage']): JSX.Element | null {
  const words = changeWords()
  if (missing.length === 0) return null
  return (
    <details>
      <summary>{words.neverWalked}</summary>
      <ul class="missing">
        {missing.slice(0, MOST_MISSING).map(({ step, branch = '', says }) => (
          <li key={`${step} ${branch}`}>
            <code>
              {step} {branch}
            </code>{' '}
            <span class="quiet">{says}</span>
          </li>
        ))}
      </ul>
      {missing.length > MOST_MISSING && <p class="quiet">{words.andMore(missing.length - MOST_MISSING)}</p>}
    </details>
  )
}
