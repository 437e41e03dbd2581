import { type JsonObject, type Path, type Report } from '../../json/index.ts'
import { hoursInWords, scheduleProperties, type ScheduleSpec } from '../calendar/index.ts'
import type { PlanDocument } from '../document.ts'
import { entryName, id, note, stepList, stepSchema } from '../schema-parts.ts'
import type { Around, Step, StepBase, StepDefinition } from '../step.ts'

/** Goes by the clock. It has either `schedule` or hours of its own; checked by `errors`. */
export interface ScheduleStep extends StepBase, Partial<ScheduleSpec> {
  readonly type: 'schedule'
  /** One of the document's. */
  readonly schedule?: string
  readonly open: readonly Step[]
  readonly closed: readonly Step[]
}

export const schedule: StepDefinition<ScheduleStep> = {
  schema: stepSchema<ScheduleStep>({
    title: 'schedule',
    description: 'Goes by the clock: takes one branch when open, and the other when closed.',
    properties: {
      id,
      schedule: entryName('schedules', 'Schedule', 'office', ', in place of hours of its own'),
      ...scheduleProperties,
      note,
      open: { ...stepList('When open', 'What to do when it is open.'), default: [] },
      closed: { ...stepList('When closed', 'What to do when it is closed.'), default: [] },
    },
    required: [],
  }),
  example: {
    type: 'schedule',
    hours: [{ days: 'mon-fri', from: '09:00', to: '17:30' }],
    closedOn: ['12-24', { holidays: 'NL' }],
    closed: [{ type: 'play', audio: 'closed' }, { type: 'hangup' }],
  },
  title: { en: 'Opening hours', nl: 'Openingstijden' },
  says({ schedule: name, hours = [], closedOn = [], timezone }) {
    if (name !== undefined)
      return { en: `goes by the schedule ${name}`, nl: `kijkt naar de openingstijden ${name}` }
    const where = timezone === undefined ? '' : ` in ${timezone}`
    const { en, nl } = hoursInWords({ hours, closedOn })
    return { en: `goes by the clock${where}: open ${en}`, nl: `kijkt op de klok${where}: open ${nl}` }
  },
  saysBranch: (branch) =>
    branch === 'open'
      ? { en: 'when open', nl: 'als het open is' }
      : { en: 'when closed', nl: 'als het gesloten is' },
  freeswitch: { applications: [], modules: [] },
  branches: { open: 'list', closed: 'list' },
  names: { schedules: ['schedule'] },
  hasHours: true,
  errors,
  run({ spec }, { calendar, document: { document }, time }) {
    const hours = scheduleOf(spec, document)
    const { isOpen, why, clock } = calendar.openingAt(hours, document.timezone, time.unixMs())
    const branch = isOpen ? 'open' : 'closed'
    const { schedule: name } = spec
    return { go: 'branch', branch, outcome: branch, details: { ...(name && { schedule: name }), why, clock } }
  },
}

function scheduleOf(
  { schedule: name, hours = [], closedOn, timezone }: ScheduleStep,
  document: PlanDocument,
) {
  if (name !== undefined) return document.schedules![name]!
  return { hours, ...(closedOn && { closedOn }), ...(timezone !== undefined && { timezone }) }
}

function errors(step: JsonObject, path: Path, _: Around, report: Report): void {
  if (!('schedule' in step) && !('hours' in step)) {
    report(path, 'a schedule step needs "hours", or "schedule" with a name of "schedules"')
  }
  if (!('schedule' in step)) return
  for (const field of Object.keys(scheduleProperties)) {
    if (field in step)
      report(
        [...path, field],
        `a step that names a schedule has its ${field} from there; take one of them out`,
        true,
      )
  }
}
