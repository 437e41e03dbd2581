/** What calls ask of the calendar. */
import { createHolidays } from './holidays.ts'
import { openingAt, type Opening, type ScheduleSpec } from './schedule.ts'
import { UTC, wallClockAt } from './wall-clock.ts'

export interface Calendar {
  /** `timeZone`: that of the document; `unixMs`: milliseconds since 1970. */
  openingAt(
    schedule: ScheduleSpec,
    timeZone: string | undefined,
    unixMs: number,
  ): Opening & {
    /** What clocks show there, such as `2026-04-27T09:30+02:00[Europe/Amsterdam]`. */
    readonly clock: string
  }
}

/** `timeZone`: the operator's, for documents that name none [UTC]. */
export function createCalendar({
  timeZone: ownZone = UTC,
}: { readonly timeZone?: string | undefined } = {}): Calendar {
  const holidays = createHolidays()
  return {
    openingAt(schedule, timeZone, unixMs) {
      const clock = wallClockAt(unixMs, schedule.timezone ?? timeZone ?? ownZone)
      return { ...openingAt(schedule, clock, holidays), clock: clock.text }
    },
  }
}
