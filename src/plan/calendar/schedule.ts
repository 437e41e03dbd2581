/** Opening hours: what a document may say of them, in words and in JSON, and whether it is open at a moment. */
import { type JsonSchema, type Otherwise } from '../../json/index.ts'
import { MOST_CLOSED_DAYS, MOST_HOURS } from '../caps.ts'
import { notTexts, objectSchema } from '../schema-parts.ts'
import { listedWording, type Wording } from '../wording.ts'
import { type Holidays, regionFault } from './holidays.ts'
import { type Day, isDay, timeZoneFault, type WallClock, type Weekday, WEEKDAYS } from './wall-clock.ts'

/** From a time of the day to another, on some days. Where `to` is not later than `from`, it is of the next day. */
export interface Hours {
  /** Such as `sat`, or `mon-fri`, from one day to another. */
  readonly days: string | readonly string[]
  /** `09:00` */
  readonly from: string
  /** `17:30`; up to `24:00`. */
  readonly to: string
}

/** A day `2026-12-25`, the same day of each year `12-25`, or the public holidays of a country or region. */
export type ClosedDays = string | { readonly holidays: string }

export interface ScheduleSpec {
  readonly hours: readonly Hours[]
  readonly closedOn?: readonly ClosedDays[]
  /** Absent: that of the document. */
  readonly timezone?: string
}

const DAY = `(${WEEKDAYS.join('|')})`

const noDays: Otherwise = (value) =>
  `${value} is no day; write ${WEEKDAYS.map((day) => `"${day}"`).join(', ')}, or from one to another such as "mon-fri"`
const noTime: Otherwise = (value) => `${value} is no time of the day; write hours and minutes such as "09:00"`
const noClosedDay: Otherwise = (value) =>
  `${value} is no day; write one such as "2026-12-25", of each year "12-25", or {"holidays": "NL"}`

const days = { type: 'string', pattern: `^${DAY}(-${DAY})?$`, otherwise: noDays }

const hours = objectSchema<Hours>({
  description: 'From a time of the day to another, on some days.',
  properties: {
    days: {
      anyOf: [days, { type: 'array', items: days, minItems: 1, maxItems: WEEKDAYS.length }],
      otherwise: notTexts,
      title: 'Days',
      examples: ['mon-fri', ['mon', 'wed-fri']],
      description: '`mon` to `sun`, or from one to another such as `mon-fri`; one of them or a list.',
    },
    from: {
      type: 'string',
      pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
      otherwise: noTime,
      title: 'From',
      examples: ['09:00'],
      description: 'By the clock in the time zone.',
    },
    to: {
      type: 'string',
      pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
      otherwise: noTime,
      title: 'To',
      examples: ['17:30'],
      description: 'Closed from then on; up to `24:00`. Earlier than `from`: of the next day.',
    },
  },
  required: ['days', 'from', 'to'],
})

export const timezoneSchema: JsonSchema = {
  type: 'string',
  maxLength: 64,
  check: timeZoneFault,
  title: 'Time zone',
  examples: ['Europe/Amsterdam'],
}

export const scheduleProperties = {
  hours: {
    type: 'array',
    maxItems: MOST_HOURS,
    items: hours,
    title: 'Hours',
    examples: [[{ days: 'mon-fri', from: '09:00', to: '17:30' }]],
    description: 'When it is open; closed at all other times.',
  },
  closedOn: {
    type: 'array',
    maxItems: MOST_CLOSED_DAYS,
    items: {
      anyOf: [
        {
          type: 'string',
          pattern: '^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$',
          otherwise: noClosedDay,
          check: (text: string) =>
            // What has another form is told so by the pattern.
            /^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$/.test(text) && !isDay(text)
              ? `there is no day ${text}; correct it`
              : undefined,
        },
        objectSchema<Exclude<ClosedDays, string>>({
          description: 'The public holidays of a country or region.',
          properties: {
            holidays: {
              type: 'string',
              maxLength: 32,
              check: regionFault,
              title: 'Public holidays',
              examples: ['NL', 'DE-BY'],
              description: 'A country by its two ISO letters, or a region of it.',
            },
          },
          required: ['holidays'],
        }),
      ],
      otherwise: noClosedDay,
    },
    title: 'Closed on',
    examples: [['2026-12-24', '12-31', { holidays: 'NL' }]],
    description:
      'Days on which it is closed in spite of its hours: one, the same of each year, or the public holidays of a country or region. Hours past midnight belong to the day on which they begin.',
  },
  timezone: {
    ...timezoneSchema,
    description: "IANA's name of the time zone. Default: that of the document.",
  },
} satisfies Record<keyof ScheduleSpec, JsonSchema>

export const scheduleSchema = objectSchema<ScheduleSpec>({
  title: 'schedule',
  description: 'Opening hours with a name.',
  properties: scheduleProperties,
  required: ['hours'],
})

/** Such as `mon-fri from 09:00 to 17:30 and sat from 10:00 to 16:00, but for 12-25 and the holidays of NL`. */
export function hoursInWords({ hours, closedOn = [] }: ScheduleSpec): Wording {
  if (hours.length === 0) return { en: 'never', nl: 'op geen enkel moment' }
  const open = listedWording(
    hours.map(({ days, from, to }) => {
      const on = listedWording([days].flat().map((day) => ({ en: day, nl: inDutch(day) })))
      return { en: `${on.en} from ${from} to ${to}`, nl: `${on.nl} van ${from} tot ${to}` }
    }),
  )
  if (closedOn.length === 0) return open
  const but = listedWording(
    closedOn.map((closed) =>
      typeof closed === 'string'
        ? closed
        : { en: `the holidays of ${closed.holidays}`, nl: `de feestdagen van ${closed.holidays}` },
    ),
  )
  return { en: `${open.en}, but for ${but.en}`, nl: `${open.nl}, behalve op ${but.nl}` }
}

const IN_DUTCH: Readonly<Record<Weekday, string>> = {
  mon: 'ma',
  tue: 'di',
  wed: 'wo',
  thu: 'do',
  fri: 'vr',
  sat: 'za',
  sun: 'zo',
}

/** `ma t/m vr` for `mon-fri`. */
const inDutch = (days: string): string =>
  days
    .split('-')
    .map((day) => IN_DUTCH[day as Weekday])
    .join(' t/m ')

export interface Opening {
  readonly isOpen: boolean
  /** `hours`, or the day that closes it although its hours say open: `closedOn 12-25`, `holiday Koningsdag`. */
  readonly why: string
}

/** Whether it is open when clocks show `clock`, which are those of its time zone. */
export function openingAt({ hours, closedOn }: ScheduleSpec, clock: WallClock, holidays: Holidays): Opening {
  let why = 'hours'
  for (const one of hours) {
    const begun = beginOf(one, clock)
    if (begun === undefined) continue
    const closes = closedBy(closedOn, begun.day, begun.minute, holidays)
    if (closes === undefined) return { isOpen: true, why: 'hours' }
    why = closes
  }
  return { isOpen: false, why }
}

/** The day on which those hours began that it is within, and the last minute of that day that counts. */
function beginOf({ days, from, to }: Hours, clock: WallClock): { day: Day; minute: number } | undefined {
  const on = weekdaysOf(days)
  const { today, yesterday, minute } = clock
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  const isOvernight = end <= begin
  if (on.has(today.weekday) && minute >= begin && (isOvernight || minute < end)) return { day: today, minute }
  if (on.has(yesterday.weekday) && isOvernight && minute < end) return { day: yesterday, minute: LAST_MINUTE }
  return undefined
}

const LAST_MINUTE = 24 * 60 - 1

function closedBy(
  closedOn: ScheduleSpec['closedOn'] = [],
  { date }: Day,
  minute: number,
  holidays: Holidays,
): string | undefined {
  for (const closed of closedOn) {
    if (typeof closed !== 'string') {
      const holiday = holidays.at(closed.holidays, date, minute)
      if (holiday !== undefined) return `holiday ${holiday}`
    } else if (date.endsWith(closed)) return `closedOn ${closed}`
  }
  return undefined
}

/** Of `mon-fri`, or a list of such; `fri-mon` goes over the weekend. */
export function weekdaysOf(days: Hours['days']): ReadonlySet<Weekday> {
  const on = new Set<Weekday>()
  for (const range of [days].flat()) {
    const [first, last = first] = range.split('-').map((day) => WEEKDAYS.indexOf(day as Weekday))
    for (let day = first!; ; day = (day + 1) % WEEKDAYS.length) {
      on.add(WEEKDAYS[day]!)
      if (day === last) break
    }
  }
  return on
}

/** Of `17:30`, since 00:00. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}
