/** Events of all calls, told to the customers' server. */
import { EVENTS, type EventName } from '../../../src/plan/index.ts'
import type { Documents } from '../../harness/controller-process.ts'
import type { Seen } from '../judge.ts'
import type { Offered } from '../traffic.ts'
import type { Told } from '../customers.ts'
import { figure, none, type Row } from '../verdict.ts'

/** The documents, each of which tells `url` of everything. */
export const telling = (documents: Documents, url: string): Documents =>
  Object.fromEntries(
    Object.entries(documents as Readonly<Record<string, { readonly webhooks?: object }>>).map(
      ([name, document]) => [
        name,
        {
          ...document,
          webhooks: { ...document.webhooks, told: { urlTemplate: url } },
          events: Object.fromEntries(EVENTS.map((event) => [event, 'told'])),
        },
      ],
    ),
  )

export interface EventsJudged {
  readonly rows: readonly Row[]
  readonly faults: readonly string[]
}

/** Whether each call was told of at least once: that it began, that it was answered or missed, and that it was over. */
export function judgeEvents(
  offered: readonly Offered[],
  { callees }: Pick<Seen, 'callees'>,
  told: readonly Told[],
): EventsJudged {
  const ofCaller = Map.groupBy(told, ({ callerid }) => callerid)
  const talked = new Set(
    callees.legs.flatMap(({ number, answeredMs }) => (answeredMs === undefined ? [] : [number])),
  )
  const faults = offered.flatMap(({ number, kind }) => {
    const own = new Set(ofCaller.get(number)?.map(({ event }) => event))
    const wanted: EventName[] = ['started', talked.has(number) ? 'answered' : 'missed', 'ended']
    const missing = wanted.filter((event) => !own.has(event))
    return missing.length === 0 ? [] : [`${number} ${kind.name}: not told of ${missing.join(', ')}`]
  })
  const again = told.length - new Set(told.map(({ id }) => id)).size
  return {
    rows: [
      none('calls with events that were not told', faults.length),
      figure('events told, and of these again', `${told.length} / ${again}`),
    ],
    faults,
  }
}
