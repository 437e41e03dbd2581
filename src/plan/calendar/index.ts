export { createCalendar, type Calendar } from './calendar.ts'
export { regionDoubt } from './holidays.ts'
export {
  hoursInWords,
  minutesOf,
  scheduleProperties,
  scheduleSchema,
  timezoneSchema,
  weekdaysOf,
  type ClosedDays,
  type Hours,
  type ScheduleSpec,
} from './schedule.ts'
export { momentAt, momentOfClock, timeZoneFault, UTC, WEEKDAYS } from './wall-clock.ts'
