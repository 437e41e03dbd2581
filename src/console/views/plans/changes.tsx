/** What is different, in the sentences of the API, by document and plan. */
import type { JSX } from 'preact'
import type { Change, Changes } from '../../api/plans.ts'
import { plansWords } from '../../words/plans.ts'

export function ChangeList({ changes, more }: Changes): JSX.Element {
  const words = plansWords()
  if (changes.length === 0) return <p>{words.same}</p>
  const byDocument = Map.groupBy(changes, ({ document }) => document)
  return (
    <div class="changes">
      {[...byDocument].map(([document, changes]) => (
        <section key={document}>
          <h3>{document}</h3>
          <ul>
            {changes.map((change, i) => (
              <li key={i}>
                <Where {...change} />
                {change.sentence}
              </li>
            ))}
          </ul>
        </section>
      ))}
      {more && <p class="quiet">{words.andMore}</p>}
    </div>
  )
}

function Where({ plan, step }: Change): JSX.Element | null {
  const where = step ?? plan
  return where === undefined ? null : (
    <>
      <code>{where}</code>{' '}
    </>
  )
}
