/** The rows of live calls. A row whose call did not change is not looked at again, but for its time. */
import { Component, type JSX } from 'preact'
import { Badge } from '../../components/badge.tsx'
import { EndingBadge, Who } from '../../components/who.tsx'
import { duration } from '../../format.ts'
import { hrefTo } from '../../router.ts'
import { language } from '../../settings.ts'
import { callWords } from '../../words/calls.ts'
import { wordFor } from '../../words/catalogue.ts'
import { liveWords } from '../../words/live.ts'
import type { LiveCall } from './live-calls.ts'

export interface CallRowsProps {
  readonly calls: readonly LiveCall[]
  readonly chosen: string | undefined
  /** Kept in the addresses that the rows lead to. */
  readonly plan: string | undefined
  /** Milliseconds since 1970, a second at a time. */
  readonly now: number
  readonly onPointer: (isInside: boolean) => void
  readonly onFocus: (isInside: boolean) => void
}

export function CallRows({ calls, chosen, plan, now, onPointer, onFocus }: CallRowsProps): JSX.Element {
  const words = callWords()
  const live = liveWords()
  return (
    <div class="table-box live-table" role="region" aria-label={live.tableTitle} tabIndex={0}>
      <table>
        <caption class="unseen">{live.tableTitle}</caption>
        <thead>
          <tr>
            <th scope="col">{words.number}</th>
            <th scope="col">{words.caller}</th>
            <th scope="col">{words.plan}</th>
            <th scope="col">{words.step}</th>
            <th scope="col" class="number">
              {live.since}
            </th>
          </tr>
        </thead>
        <tbody
          onPointerEnter={(event) => onPointer(event.pointerType === 'mouse')}
          onPointerLeave={() => onPointer(false)}
          onFocusIn={() => onFocus(true)}
          onFocusOut={(event) => {
            const { relatedTarget: to, currentTarget: body } = event
            onFocus(to instanceof Node && body.contains(to))
          }}
        >
          {calls.map((call) => (
            <Row
              key={call.id}
              call={call}
              isChosen={call.id === chosen}
              plan={plan}
              seconds={call.gone ? 0 : Math.max(0, Math.floor((now - Date.parse(call.at)) / 1000))}
              language={language.value}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface RowProps {
  readonly call: LiveCall
  readonly isChosen: boolean
  readonly plan: string | undefined
  readonly seconds: number
  readonly language: string
}

class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { call, isChosen, plan, seconds, language } = this.props
    return (
      next.call !== call ||
      next.isChosen !== isChosen ||
      next.plan !== plan ||
      next.seconds !== seconds ||
      next.language !== language
    )
  }

  override render({ call, isChosen, plan, seconds }: RowProps): JSX.Element {
    const words = callWords()
    const live = liveWords()
    const ofPlan = call.document === undefined ? undefined : `${call.document}/${call.plan}`
    const state = isChosen ? 'chosen' : call.gone ? 'gone' : undefined
    return (
      <tr class={state}>
        <td data-title={words.number}>
          <a
            href={hrefTo('live', { query: { ...(plan !== undefined && { plan }), call: call.id } })}
            aria-current={isChosen ? 'true' : undefined}
            aria-label={live.follow(call.did, call.caller || words.withheld)}
          >
            {call.did}
          </a>
        </td>
        <td data-title={words.caller}>
          <Who caller={call.caller} name={call.name} />
        </td>
        <td data-title={words.plan}>
          {ofPlan === undefined ? (
            <span class="quiet">{words.noPlan}</span>
          ) : (
            <a href={hrefTo('live', { query: { plan: ofPlan } })}>{ofPlan}</a>
          )}
        </td>
        <td data-title={words.step}>
          <At call={call} />
        </td>
        <td data-title={live.since} class="number">
          {call.gone ? '' : duration(seconds * 1000)}
        </td>
      </tr>
    )
  }
}

/** The step that it is at, or what became of it. */
export function At({ call }: { readonly call: LiveCall }): JSX.Element {
  const { gone, stepType, step } = call
  if (gone === 'ended') return <EndingBadge {...call} state="ended" />
  if (gone) return <Badge tone={gone === 'talks' ? 'good' : 'quiet'}>{liveWords().gone[gone]}</Badge>
  const doing = stepType === undefined ? undefined : wordFor(callWords().doing, stepType)
  return (
    <span class="at" title={step}>
      {doing}
      <code class="quiet">{step}</code>
    </span>
  )
}
