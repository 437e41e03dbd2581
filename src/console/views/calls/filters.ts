/** What is looked for, as the address has it; days are those of this browser's time zone. */
import { type CallQuery, type WantedEnding, wantedEndings } from '../../api/calls.ts'

export interface Filters {
  readonly state: '' | 'live' | 'ended'
  readonly number: string
  readonly caller: string
  readonly plan: string
  readonly ending: '' | WantedEnding
  /** Days, such as `2026-11-26`, the second one with it. */
  readonly since: string
  readonly until: string
}

const NAMES = ['state', 'number', 'caller', 'plan', 'ending', 'since', 'until'] as const

export function filtersOf(query: URLSearchParams): Filters {
  const text = (name: string) => query.get(name)?.trim() ?? ''
  const day = (name: string) => (/^\d{4}-\d\d-\d\d$/.test(text(name)) ? text(name) : '')
  return {
    state: (['live', 'ended'] as const).find((state) => state === text('state')) ?? '',
    ...{ number: text('number'), caller: text('caller'), plan: text('plan') },
    ending: wantedEndings.find((ending) => ending === text('ending')) ?? '',
    ...{ since: day('since'), until: day('until') },
  }
}

/** Those that are set: for the address. */
export function queryOf(filters: Partial<Filters>): Record<string, string> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = filters[name]?.trim() ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  )
}

/** The same for the API, which takes times. */
export function asked(filters: Filters): CallQuery {
  const { since, until, ...others } = queryOf(filters)
  return {
    ...others,
    ...(since !== undefined && { since: startOf(since).toISOString() }),
    ...(until !== undefined && { until: startOf(until, 1).toISOString() }),
  }
}

/** The day so many days from today, such as `2026-11-26`. */
export function dayFromNow(days: number, now = new Date()): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

/** Midnight, which in the night in which the clock changes is not 24 hours from the next. */
function startOf(day: string, later = 0): Date {
  const [year, month, date] = day.split('-').map(Number)
  return new Date(year!, month! - 1, date! + later)
}
