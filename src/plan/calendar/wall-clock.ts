/**
 * Moments as clocks on a wall show them, by the time zones that Node.js brings (IANA's). Temporal is loaded where the
 * first one is asked for: some 10 ms and 4 MB, which plans without schedules do not cost.
 */
import { createRequire } from 'node:module'
import type * as Polyfill from 'temporal-polyfill'
import { nearest } from '../../json/index.ts'

export const UTC = 'UTC'

const require = createRequire(import.meta.url)
const temporal = () => (require('temporal-polyfill') as typeof Polyfill).Temporal

/** Monday first, as ISO 8601 counts them. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

export interface Day {
  /** `2026-04-27` */
  readonly date: string
  readonly weekday: Weekday
}

export interface WallClock {
  readonly today: Day
  readonly yesterday: Day
  /** Since 00:00 by the clock, 0 to 1439. */
  readonly minute: number
  /** RFC 9557, such as `2026-04-27T09:30+02:00[Europe/Amsterdam]`. */
  readonly text: string
}

/** `unixMs`: milliseconds since 1970; `timeZone`: one without a fault. */
export function wallClockAt(unixMs: number, timeZone: string): WallClock {
  const moment = temporal().Instant.fromEpochMilliseconds(Math.floor(unixMs)).toZonedDateTimeISO(timeZone)
  const today = moment.toPlainDate()
  return {
    today: dayOf(today),
    yesterday: dayOf(today.subtract({ days: 1 })),
    minute: moment.hour * 60 + moment.minute,
    text: moment.toString({ smallestUnit: 'minute' }),
  }
}

function dayOf(date: Polyfill.Temporal.PlainDate): Day {
  return { date: date.toString(), weekday: WEEKDAYS[date.dayOfWeek - 1]! }
}

/**
 * Milliseconds since 1970 when clocks show `local`, such as `2026-12-24T18:00`: the first time where they show it
 * twice, and where they leave it out, as much later as they leave out.
 */
export function momentAt(local: string, timeZone: string): number {
  return temporal().PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds
}

/** Of the `text` of a wall clock. */
export function momentOfClock(text: string): { readonly unixMs: number; readonly timeZone: string } {
  const { epochMilliseconds: unixMs, timeZoneId: timeZone } = temporal().ZonedDateTime.from(text)
  return { unixMs, timeZone }
}

/** `count` days later than `date`, which is `2026-04-27`. */
export function daysAfter(date: string, count: number): string {
  return temporal().PlainDate.from(date).add({ days: count }).toString()
}

/** Whether there is a day `2026-12-25`, or `12-25` in some year. */
export function isDay(text: string): boolean {
  const { PlainDate, PlainMonthDay } = temporal()
  try {
    if (text.length > 'MM-DD'.length) PlainDate.from(text, { overflow: 'reject' })
    else PlainMonthDay.from(text, { overflow: 'reject' })
    return true
  } catch {
    return false
  }
}

/** What is wrong with the name of a time zone; undefined: nothing. */
export function timeZoneFault(text: string): string | undefined {
  if (isTimeZone(text)) return undefined
  const near = zoneNear(text)
  return `"${text}" is no time zone; ${near === undefined ? 'write one of IANA\'s such as "Europe/Amsterdam"' : `did you mean "${near}"?`}`
}

/** Offsets such as `+01:00`, which have no summer time, are none. */
function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}

/** There are more zones than are compared letter by letter: those of the same part of the world, or the same place. */
function zoneNear(text: string): string | undefined {
  const zones = [UTC, ...Intl.supportedValuesOf('timeZone')]
  const place = (zone: string) => zone.slice(zone.lastIndexOf('/') + 1).toLowerCase()
  const same = zones.find((zone) => place(zone) === place(text))
  if (same !== undefined) return same
  const area = text.slice(0, text.indexOf('/') + 1).toLowerCase()
  return nearest(
    text,
    zones.filter((zone) => zone.toLowerCase().startsWith(area)),
  )
}
