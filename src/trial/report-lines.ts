/** A trial in lines for people. */
import { listed } from '../util/listed.ts'
import type { ReportLine } from '../util/report-line.ts'
import { displayed, type Heard, type Ring, type TrialReport, type TrialStep } from './report.ts'

const SOUNDS: Readonly<Record<Heard['sound'], string>> = {
  silence: 'silence',
  ringing: 'ringing',
  ringingTone: 'the ringing tone',
  audio: 'audio',
  keying: '',
  talk: 'they talk',
}

export function trialLines(report: TrialReport): ReportLine[] {
  const line = (text: string, lead = '') => ({ lead, text })
  const toned = (tone: ReportLine['tone'] & string, text: string) => ({ lead: '', text, tone })
  const timed = (atMs: number, text: string) => line(text, `${seconds(atMs).padStart(9)}  `)
  const { steps, rings, hears, notes, unused, violations } = report
  return [
    toned('title', foundText(report)),
    line(''),
    ...steps.flatMap((step, i) => [
      timed(step.atMs, `${step.step} ${step.type}: ${step.outcome}`),
      ...detailsOf(step).map((text) => line(text, DETAIL)),
      ...rings.filter((ring) => ring.step === i).map((ring) => line(ringText(ring), DETAIL)),
    ]),
    ...(steps.length > 0 ? [line('')] : []),
    toned('title', 'The caller hears'),
    ...hears.map((heard) => timed(heard.atMs, heardText(heard, report))),
    line(''),
    ...[...notes, ...unused].map((note) => toned('note', `note: ${note}`)),
    ...violations.map((what) => toned('bad', `a fault of belplan: ${what}`)),
    toned(violations.length > 0 ? 'bad' : 'good', endText(report)),
  ]
}

const DETAIL = ' '.repeat(11)

function foundText({ did, document, plan, entry, revision, forms }: TrialReport): string {
  if (document === undefined) return `no plan for ${forms.join(', ')} in revision ${revision}`
  return `${did} leads to ${plan ?? ''} of ${document} by its entry ${entry ?? ''}, revision ${revision}`
}

const SAID = new Set(['step', 'type', 'ms', 'outcome', 'atMs', 'branch', 'destinations'])

function detailsOf(step: TrialStep): string[] {
  return Object.entries(step)
    .filter(([key]) => !SAID.has(key))
    .map(([key, value]) => `${key}: ${textOf(value)}`)
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, one]) => `${name} ${String(one)}`)
    .join(', ')
}

function ringText({ shown, answeredBy, ms }: Ring): string {
  if (shown.length === 0) return 'nobody rings'
  const texts = new Set(shown.map(displayed))
  const who = shown.map((one) =>
    texts.size > 1 ? `${one.destination} (${displayed(one)})` : one.destination,
  )
  const showing = texts.size > 1 ? '' : `, showing ${displayed(shown[0]!)}`
  const end = answeredBy === undefined ? `for ${seconds(ms)}` : `${answeredBy} answers after ${seconds(ms)}`
  const together = who.length > 1 ? ' at the same time' : ''
  return `rings ${listed(who)}${together}${showing}: ${end}`
}

function heardText({ atMs, ms, sound, audio, failed }: Heard, { keyed }: TrialReport): string {
  if (sound === 'keying') {
    const { keys = '' } = keyed.find((one) => one.atMs === atMs + ms) ?? {}
    return `${keys === '' ? 'keys nothing' : `keys ${keys}`}, ${seconds(ms)}`
  }
  const what = audio === undefined ? SOUNDS[sound] : sound === 'silence' ? `${audio}: silence` : audio
  return `${what}${failed ? ', which cannot be played' : `, ${seconds(ms)}`}`
}

function endText(report: TrialReport): string {
  const { ending, cause, sip, waitMs, longestSilence, transferredTo, talkMs, recordedMs } = report
  const parts = [
    ending,
    transferredTo && `to ${transferredTo.extension} in ${transferredTo.context}`,
    cause,
    sip === undefined ? undefined : `SIP ${sip}`,
    talkMs === undefined ? undefined : `talked ${seconds(talkMs)}`,
    recordedMs === undefined ? undefined : `recorded ${seconds(recordedMs)}`,
    `waited ${seconds(waitMs)}`,
    `longest silence ${seconds(longestSilence.ms)}`,
  ]
  return `ended: ${parts.filter((part) => part !== undefined).join(', ')}`
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
