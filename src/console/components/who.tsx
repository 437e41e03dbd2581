/** Who calls, and where a call is: in lists and on the page of one. */
import type { JSX } from 'preact'
import { type CallLine, isMissed } from '../api/calls.ts'
import { callWords } from '../words/calls.ts'
import { Badge, type Tone } from './badge.tsx'

/** Name and number; what callers sent as a name keeps its own direction. */
export function Who({ caller, name }: Pick<CallLine, 'caller' | 'name'>): JSX.Element {
  const number = caller === '' ? callWords().withheld : caller
  if (name === '') return <bdi class="who">{number}</bdi>
  return (
    <span class="who">
      <bdi class="who-name">{name}</bdi> <span class="quiet">{number}</span>
    </span>
  )
}

function toneOf({ state, ending }: Pick<CallLine, 'state' | 'ending'>): Tone {
  if (ending === undefined || state === 'live') return 'live'
  if (ending === 'failed' || ending === 'lost' || ending === 'stepBudget') return 'bad'
  return isMissed(ending) || ending === 'limited' ? 'warn' : 'good'
}

/** How it ended, or that it goes on. */
export function EndingBadge({
  state,
  ending,
  answered,
}: Pick<CallLine, 'state' | 'ending' | 'answered'>): JSX.Element {
  const words = callWords()
  const word =
    state === 'ended' && ending !== undefined
      ? words.endings[ending]
      : ending === 'talked' && answered
        ? words.talks
        : words.live
  return <Badge tone={toneOf({ state, ending })}>{word}</Badge>
}
