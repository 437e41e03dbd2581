/** Schedules, those with a name and those of steps: hours that are none, and those that are never or always. */
import { entriesOf, isObject, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import {
  type Hours,
  minutesOf,
  regionDoubt,
  type ScheduleSpec,
  WEEKDAYS,
  weekdaysOf,
} from '../calendar/index.ts'
import type { PlanDocument } from '../document.ts'
import { definitionIfKnown } from '../step-definitions.ts'
import { outline } from './outline.ts'

/** Every object that may hold the hours of a schedule. `document` may be wrong in any way. */
function* schedulesIn(document: object): Generator<{ holder: JsonObject; path: Path }> {
  for (const [name, holder] of entriesOf(objectAt(document, 'schedules')))
    if (isObject(holder)) yield { holder, path: ['schedules', name] }
  for (const { step, path } of outline(document))
    if (definitionIfKnown(step)?.hasHours === true) yield { holder: step, path }
}

/** The countries and regions whose holidays the document has, as they are written. It may be wrong in any way. */
export function* regionsOf(document: object): Generator<{ region: string; path: Path }> {
  for (const { holder, path } of schedulesIn(document)) {
    if (!Array.isArray(holder.closedOn)) continue
    for (const [i, closed] of holder.closedOn.entries()) {
      if (!isObject(closed) || typeof closed.holidays !== 'string') continue
      yield { region: closed.holidays, path: [...path, 'closedOn', i, 'holidays'] }
    }
  }
}

/** Errors that the schema cannot see. `document` may be wrong in any other way, too. */
export function scheduleErrors(document: JsonObject, report: Report): void {
  for (const { holder, path } of schedulesIn(document)) {
    if (!Array.isArray(holder.hours)) continue
    for (const [i, hours] of holder.hours.entries()) {
      if (!isObject(hours) || typeof hours.from !== 'string' || hours.from !== hours.to) continue
      const message = `from ${hours.from} to ${hours.to} is no time at all; for the whole day write from "00:00" to "24:00"`
      report([...path, 'hours', i, 'to'], message)
    }
  }
}

/** `document` must be valid. */
export function scheduleWarnings(document: PlanDocument, report: Report): void {
  for (const { region, path } of regionsOf(document)) {
    const doubt = regionDoubt(region)
    if (doubt !== undefined) report(path, doubt)
  }
  for (const { holder, path } of schedulesIn(document)) {
    const { hours, closedOn = [] } = holder as Partial<ScheduleSpec>
    if (hours === undefined) continue
    if (hours.length === 0) {
      report([...path, 'hours'], 'this is never open; write some hours, or do without a schedule')
    } else if (closedOn.length === 0 && isAlways(hours)) {
      report([...path, 'hours'], 'this is always open; correct the hours, or do without a schedule')
    }
  }
}

const DAY = 24 * 60
const WEEK = WEEKDAYS.length * DAY

/** Whether they cover each minute of the week. */
function isAlways(hours: readonly Hours[]): boolean {
  const stretches = hours.flatMap(({ days, from, to }) => {
    const [begin, end] = [minutesOf(from), minutesOf(to)]
    const length = end - begin + (end <= begin ? DAY : 0)
    return [...weekdaysOf(days)].flatMap((day): [number, number][] => {
      const at = WEEKDAYS.indexOf(day) * DAY + begin
      // What goes over the end of the week is at its beginning, too.
      return [[at, at + length], [at - WEEK, at - WEEK + length]] // prettier-ignore
    })
  })
  stretches.sort(([a], [b]) => a - b)
  let covered = 0
  for (const [begin, end] of stretches) if (begin <= covered) covered = Math.max(covered, end)
  return covered >= WEEK
}
