/** What else the journal says of a step: what was asked and answered, what was heard, what rang. */
import type { JSX } from 'preact'
import type { CallStep } from '../../api/calls.ts'
import { duration } from '../../format.ts'
import { callPageWords } from '../../words/call.ts'
import { callWords } from '../../words/calls.ts'
import { wordFor } from '../../words/catalogue.ts'

const SHOWN_ELSEWHERE = ['step', 'type', 'ms', 'outcome']
/** A destination each: they are told together. */
const OF_EACH = ['destinations', 'each', 'eachMs', 'order']
const LENGTHS = ['messageMs', 'waitMs']
const CODES = ['url', 'file', 'recording', 'cause']

export function Details({
  step,
  shows,
}: {
  readonly step: CallStep
  readonly shows: string | undefined
}): JSX.Element | null {
  const words = callPageWords()
  const isEach = Array.isArray(step['each'])
  const passed = isEach ? [...SHOWN_ELSEWHERE, ...OF_EACH] : SHOWN_ELSEWHERE
  const rows = Object.entries(step).filter(([name]) => !passed.includes(name))
  if (rows.length === 0 && !isEach && shows === undefined) return null
  return (
    <dl class="details">
      {shows !== undefined && (
        <div>
          <dt>{words.shows}</dt>
          <dd>
            <bdi>{shows}</bdi>
          </dd>
        </div>
      )}
      {isEach && <Each step={step} />}
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{wordFor(words.details, name) ?? name}</dt>
          <dd>
            <Value name={name} value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** Of a list that is rung, each destination with what it came to, in the order in which they rang. */
function Each({ step }: { readonly step: CallStep }): JSX.Element {
  const words = callPageWords()
  const list = (name: string) => (Array.isArray(step[name]) ? (step[name] as readonly unknown[]) : [])
  const [destinations, each, eachMs] = [list('destinations'), list('each'), list('eachMs')]
  return (
    <div>
      <dt>{words.details.destinations}</dt>
      <dd>
        <ul class="each">
          {(destinations.length > 0 ? destinations : each).map((_, i) => (
            <li key={i}>
              <bdi>{said(destinations[i] ?? i + 1)}</bdi>
              {each[i] !== undefined && <span>{outcomeOf(each[i])}</span>}
              {typeof eachMs[i] === 'number' && <span class="quiet">{duration(eachMs[i])}</span>}
            </li>
          ))}
        </ul>
      </dd>
    </div>
  )
}

function Value({ name, value }: { readonly name: string; readonly value: unknown }): JSX.Element {
  if (LENGTHS.includes(name) && typeof value === 'number') return <>{duration(value)}</>
  if (CODES.includes(name)) return <code>{said(value)}</code>
  if (name === 'attempts' && Array.isArray(value))
    return <>{(value as readonly unknown[]).map(outcomeOf).join(', ')}</>
  return <bdi>{said(value)}</bdi>
}

const outcomeOf = (outcome: unknown): string => wordFor(callWords().outcomes, said(outcome)) ?? said(outcome)

/** A text as it is, lists and objects in one line. */
function said(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return (value as readonly unknown[]).map(said).join(', ')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, of]) => `${name}: ${said(of)}`)
      .join(', ')
  return String(value)
}
