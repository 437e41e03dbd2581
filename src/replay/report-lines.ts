/** A replay in lines for people. */
import type { ReportLine } from '../util/report-line.ts'
import { endOf, stepText } from './partings.ts'
import type { ReplayedStep, ReplayReport, Side } from './report.ts'

export function replayLines(report: ReplayReport): ReportLine[] {
  const { id, at, did, caller, recorded, replayed, parting, isFault, assumptions, notes } = report
  const from = caller === '' ? 'a withheld number' : caller
  const title = `call ${id} of ${at}: ${from} to ${did}, revision ${recorded.revision}`
  const here = recorded.revision === replayed.revision ? 'replayed' : `with revision ${replayed.revision}`
  const same = parting === undefined ? recorded.steps.length : (parting.step ?? Infinity) - 1
  const common = recorded.steps.slice(0, Math.min(same, replayed.steps.length))
  return [
    { lead: '', text: title, tone: 'title' },
    ...stepLines(common, 0),
    ...(parting === undefined
      ? [{ lead: '', text: `${here} it is the same, and ${endOf(recorded)}`, tone: 'good' } as const]
      : [
          {
            lead: '',
            text: `${here} it parts ${placeOf(parting.step)}: ${parting.sentence}`,
            tone: 'bad',
          } as const,
          ...sideLines('in the call', recorded, common.length),
          ...sideLines(here, replayed, common.length),
        ]),
    ...(isFault ? [{ lead: '', text: FAULT, tone: 'bad' } as const] : []),
    ...[...assumptions, ...notes].map((text) => ({ lead: '  ', text, tone: 'note' }) as const),
  ]
}

const FAULT =
  'A call replays to itself: either its record was changed, or belplan walks this plan otherwise than it did, which is a fault to report.'

function placeOf(step: number | undefined): string {
  return step === undefined ? 'there' : `at step ${step}`
}

function sideLines(name: string, side: Side, from: number): ReportLine[] {
  return [
    { lead: '', text: `${name}, it ${endOf(side)}`, tone: 'title' },
    ...stepLines(side.steps.slice(from), from),
  ]
}

const stepLines = (steps: readonly ReplayedStep[], from: number): ReportLine[] =>
  steps.map((step, i) => ({ lead: `${String(from + i + 1).padStart(4)}  `, text: stepText(step) }))
