/**
 * Opening hours beside a second reckoning of them: Intl.DateTimeFormat for what clocks show, and the week minute by minute.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCalendar, type Hours, type ScheduleSpec } from '../../../src/plan/calendar/index.ts'
import { isDay, momentAt, timeZoneFault } from '../../../src/plan/calendar/wall-clock.ts'

const ZONES = [
  ...['Europe/Amsterdam', 'Europe/London', 'Europe/Lisbon', 'Europe/Dublin', 'Atlantic/Azores', 'Africa/Casablanca'],
  ...['Africa/Cairo', 'Asia/Beirut', 'Asia/Kolkata', 'Asia/Kathmandu', 'Asia/Tokyo', 'Australia/Lord_Howe'],
  ...['Pacific/Auckland', 'Pacific/Chatham', 'Pacific/Apia', 'America/New_York', 'America/St_Johns', 'America/Santiago'],
  ...['America/Sao_Paulo', 'UTC'],
] // prettier-ignore
const MOMENTS = 100_000
const FROM = Date.UTC(2020, 0, 1)
const TO = Date.UTC(2037, 0, 1)

const calendar = createCalendar()
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** The moments, to the hour before, at which clocks of a zone change. */
function changesOf(zone: string): number[] {
  const show = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset', hour: 'numeric' })
  const offset = (ms: number) => show.formatToParts(ms).find(({ type }) => type === 'timeZoneName')!.value
  const changes: number[] = []
  for (let ms = FROM; ms < TO; ms += 7 * 86_400_000) {
    if (offset(ms) === offset(ms + 7 * 86_400_000)) continue
    for (let hour = ms; hour < ms + 7 * 86_400_000; hour += 3_600_000)
      if (offset(hour) !== offset(hour + 3_600_000)) changes.push(hour)
  }
  return changes
}

interface Shown {
  readonly day: number
  readonly minute: number
  readonly date: string
}

function clockOf(zone: string): (ms: number) => Shown {
  const show = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, hourCycle: 'h23', weekday: 'short' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  })
  return (ms) => {
    const part = Object.fromEntries(show.formatToParts(ms).map(({ type, value }) => [type, value]))
    return {
      day: DAYS.indexOf(part['weekday']!.toLowerCase()),
      minute: 60 * Number(part['hour']) + Number(part['minute']),
      date: `${part['year']}-${part['month']}-${part['day']}`,
    }
  }
}

/** Of each minute of the week, the days before on which hours began that it is within: 0 for the day itself, 1 for the one before. */
function weekOf(hours: readonly Hours[]): ReadonlySet<0 | 1>[] {
  const week = Array.from({ length: 7 * 1440 }, () => new Set<0 | 1>())
  for (const { days, from, to } of hours) {
    const at = (time: string) => Number(time.split(':')[0]) * 60 + Number(time.split(':')[1])
    const end = at(to) > at(from) ? at(to) : at(to) + 1440
    for (const day of [days].flat().flatMap(spread))
      for (let minute = at(from); minute < end; minute++)
        week[(DAYS.indexOf(day) * 1440 + minute) % week.length]!.add(minute < 1440 ? 0 : 1)
  }
  return week
}

function spread(range: string): string[] {
  const [first, last] = range.split('-')
  const twice = [...DAYS, ...DAYS].slice(DAYS.indexOf(first!))
  return last === undefined ? [first!] : twice.slice(0, twice.indexOf(last) + 1)
}

function isOpen({ hours, closedOn = [] }: ScheduleSpec, week: ReturnType<typeof weekOf>, { day, minute, date }: Shown) {
  const isClosed = (one: string) => closedOn.some((closed) => one === closed || one.slice(5) === closed)
  const before = new Date(Date.parse(`${date}T00:00Z`) - 86_400_000).toISOString().slice(0, 10)
  const began = week[day * 1440 + minute]!
  return hours.length > 0 && ((began.has(0) && !isClosed(date)) || (began.has(1) && !isClosed(before)))
} // prettier-ignore

const two = (n: number) => String(n).padStart(2, '0')
const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 59)).map(([h, m]) => `${two(h)}:${two(m)}`) // prettier-ignore
const day = fc.constantFrom(...DAYS)
const range = fc.oneof(day, fc.tuple(day, day).map((both) => both.join('-'))) // prettier-ignore
const hours = fc
  .record({
    days: fc.oneof(range, fc.array(range, { minLength: 1, maxLength: 3 })),
    from: fc.oneof(time, fc.constantFrom('00:00', '01:00', '02:00', '02:30', '22:00')),
    to: fc.oneof(time, fc.constantFrom('24:00', '00:00', '02:00', '03:00', '06:00')),
  })
  .filter(({ from, to }) => from !== to)
const schedules = fc.record({
  hours: fc.array(hours, { maxLength: 4 }),
  closedOn: fc.array(fc.constantFrom('12-25', '02-29', '2024-02-29', '01-01', '03-28', '2027-03-28', '10-31', '12-31'), { maxLength: 4 }),
}) // prettier-ignore

describe(`${MOMENTS} moments in ${ZONES.length} time zones come to the same`, () => {
  test.for(ZONES)('in %s', (timezone) => {
    const clock = clockOf(timezone)
    const changes = changesOf(timezone)
    let opened = 0
    let atChange = 0
    for (const schedule of fc.sample(schedules, { numRuns: 50, seed: ZONES.indexOf(timezone) })) {
      const week = weekOf(schedule.hours)
      const anywhere = fc.integer({ min: FROM, max: TO })
      const near = fc
        .tuple(fc.constantFrom(...(changes.length > 0 ? changes : [FROM])), fc.integer({ min: -7, max: 7 * 3600 }))
        .map(([ms, seconds]) => ms + 1000 * seconds) // prettier-ignore
      const moments = fc.sample(fc.oneof(anywhere, near), {
        numRuns: MOMENTS / ZONES.length / 50,
        seed: opened,
      })
      for (const ms of moments) {
        const opening = calendar.openingAt({ ...schedule, timezone }, undefined, ms)
        const expected = isOpen(schedule, week, clock(ms))
        if (opening.isOpen !== expected)
          expect(opening, `${new Date(ms).toISOString()} ${JSON.stringify(schedule)}`).toMatchObject({ isOpen: expected }) // prettier-ignore
        if (expected) opened++
        if (changes.some((change) => Math.abs(ms - change) < 86_400_000 / 4)) atChange++
      }
    }
    expect(opened).toBeGreaterThan(MOMENTS / ZONES.length / 10)
    if (changes.length > 0) expect(atChange).toBeGreaterThan(MOMENTS / ZONES.length / 10)
  })
})

describe('by the clock in Amsterdam', () => {
  const office: ScheduleSpec = {
    hours: [
      { days: 'mon-fri', from: '09:00', to: '17:30' },
      { days: ['fri', 'sat'], from: '22:00', to: '06:00' },
      { days: 'sun', from: '12:00', to: '24:00' },
    ],
    closedOn: ['2026-12-24', '12-31', '02-29', { holidays: 'NL' }],
  }
  const at = (local: string) =>
    calendar.openingAt(office, 'Europe/Amsterdam', momentAt(local, 'Europe/Amsterdam'))

  test.for<[string, boolean, string]>([
    ['2026-11-25T08:59:59', false, 'hours'],
    ['2026-11-25T09:00', true, 'hours'],
    ['2026-11-25T17:29:59.999', true, 'hours'],
    ['2026-11-25T17:30', false, 'hours'],
    ['2026-11-27T23:00', true, 'hours'], // Friday night
    ['2026-11-28T05:59', true, 'hours'],
    ['2026-11-28T06:00', false, 'hours'],
    ['2026-11-30T00:30', false, 'hours'], // Sunday's night ends at 24:00
    ['2026-11-29T23:59', true, 'hours'],
    ['2026-12-24T10:00', false, 'closedOn 2026-12-24'],
    ['2027-12-24T10:00', true, 'hours'],
    ['2026-12-31T10:00', false, 'closedOn 12-31'],
    ['2026-04-27T10:00', false, 'holiday Koningsdag'],
    ['2026-04-27T20:00', false, 'hours'], // closed on any other day, too
    // The night of Friday 25 December belongs to that day, also on the 26th; that of Saturday 26 to another holiday.
    ['2026-12-25T23:00', false, 'holiday Kerstmis'],
    ['2026-12-26T05:00', false, 'holiday Kerstmis'],
    ['2026-12-26T23:00', false, 'holiday Tweede kerstdag'],
    ['2026-12-27T05:00', false, 'holiday Tweede kerstdag'],
    // A night that begins before the closed day goes on.
    ['2028-01-01T05:00', false, 'closedOn 12-31'],
    ['2028-02-29T10:00', false, 'closedOn 02-29'],
    ['2028-02-28T10:00', true, 'hours'],
    ['2028-03-01T10:00', true, 'hours'],
    // Clocks go forward on Sunday 29 March 2026, and back on Sunday 25 October.
    ['2026-03-29T01:59', true, 'hours'],
    ['2026-03-29T03:00', true, 'hours'],
    ['2026-03-29T06:00', false, 'hours'],
    ['2026-10-25T02:30', true, 'hours'],
    ['2026-10-25T06:00', false, 'hours'],
  ])('%s: open %s, %s', ([local, isOpen, why]) => expect(at(local)).toMatchObject({ isOpen, why }))

  test('the day before a holiday stays open over midnight', () => {
    // Friday 30 April 2027 to Saturday; with 1 May closed.
    const schedule = { ...office, closedOn: ['05-01'] }
    const open = (local: string) =>
      calendar.openingAt(schedule, 'Europe/Amsterdam', momentAt(local, 'Europe/Amsterdam'))
    expect(open('2027-05-01T05:00')).toMatchObject({ isOpen: true })
    expect(open('2027-05-01T22:30')).toMatchObject({ isOpen: false, why: 'closedOn 05-01' })
  })

  test('an hour that clocks show twice is open both times, one that they leave out never comes', () => {
    const early: ScheduleSpec = { hours: [{ days: 'sun', from: '02:00', to: '03:00' }] }
    const openMinutes = (fromUtc: string) => {
      let open = 0
      for (let ms = Date.parse(fromUtc); ms < Date.parse(fromUtc) + 86_400_000; ms += 60_000)
        if (calendar.openingAt(early, 'Europe/Amsterdam', ms).isOpen) open++
      return open
    }
    expect(openMinutes('2026-10-24T22:00Z')).toBe(120)
    expect(openMinutes('2026-03-28T23:00Z')).toBe(0)
    expect(openMinutes('2026-11-21T23:00Z')).toBe(60)
  })
})

describe('the time zone', () => {
  const noon: ScheduleSpec = { hours: [{ days: 'mon-sun', from: '12:00', to: '13:00' }] }
  const ms = Date.parse('2026-07-01T12:30Z')

  test('is that of the schedule, else of the document, else the operator’s, else UTC', () => {
    const own = createCalendar({ timeZone: 'Asia/Tokyo' })
    const tokyo = Date.parse('2026-07-01T03:30Z')
    const newYork = Date.parse('2026-07-01T16:30Z')
    expect(calendar.openingAt(noon, undefined, ms)).toMatchObject({ isOpen: true, clock: '2026-07-01T12:30+00:00[UTC]' })
    expect(own.openingAt(noon, undefined, tokyo)).toMatchObject({ isOpen: true, clock: '2026-07-01T12:30+09:00[Asia/Tokyo]' })
    expect(own.openingAt(noon, 'America/New_York', newYork)).toMatchObject({ isOpen: true })
    expect(own.openingAt({ ...noon, timezone: 'UTC' }, 'America/New_York', ms)).toMatchObject({ isOpen: true })
  }) // prettier-ignore

  test.for<[string, string | undefined]>([
    ['Europe/Amsterdam', undefined],
    ['UTC', undefined],
    ['Asia/Calcutta', undefined],
    ['Europe/Amsterdm', '"Europe/Amsterdm" is no time zone; did you mean "Europe/Amsterdam"?'],
    ['Amsterdam', '"Amsterdam" is no time zone; did you mean "Europe/Amsterdam"?'],
    ['Amerika/New_York', '"Amerika/New_York" is no time zone; did you mean "America/New_York"?'],
    ['+01:00', '"+01:00" is no time zone; write one of IANA\'s such as "Europe/Amsterdam"'],
    ['here', '"here" is no time zone; write one of IANA\'s such as "Europe/Amsterdam"'],
    ['', '"" is no time zone; write one of IANA\'s such as "Europe/Amsterdam"'],
  ])('%s: %s', ([text, says]) => expect(timeZoneFault(text)).toBe(says))
})

test.for<[string, boolean]>([
  ['2028-02-29', true],
  ['2027-02-29', false],
  ['02-29', true],
  ['02-30', false],
  ['13-01', false],
  ['2026-04-31', false],
  ['00-10', false],
])('is %s a day: %s', ([text, is]) => expect(isDay(text)).toBe(is))

test('a time that clocks leave out is as much later, and of one that they show twice the first counts', () => {
  const at = (local: string) => new Date(momentAt(local, 'Europe/Amsterdam')).toISOString()
  expect(at('2026-03-29T02:30')).toBe('2026-03-29T01:30:00.000Z')
  expect(at('2026-10-25T02:30')).toBe('2026-10-25T00:30:00.000Z')
})
