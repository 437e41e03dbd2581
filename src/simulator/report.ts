/** The variables that appear with CHANNEL_HANGUP_COMPLETE: stamps, durations and RTP counters. */

import { q850 } from './causes.ts'

/** Microseconds; 0 for what never happened. */
export interface Times {
  readonly created: number
  answered: number
  progress: number
  progressMedia: number
  bridged: number
  hangup: number
}

export function timesFrom(created: number): Times {
  return { created, answered: 0, progress: 0, progressMedia: 0, bridged: 0, hangup: 0 }
}

const RTP_COUNTERS: Readonly<Record<string, string>> = {
  in_raw_bytes: '0',
  in_media_bytes: '0',
  in_packet_count: '0',
  in_media_packet_count: '0',
  in_skip_packet_count: '18',
  in_jitter_packet_count: '0',
  in_dtmf_packet_count: '0',
  in_cng_packet_count: '0',
  in_flush_packet_count: '0',
  in_largest_jb_size: '0',
  in_jitter_min_variance: '0.00',
  in_jitter_max_variance: '0.00',
  in_jitter_loss_rate: '0.00',
  in_jitter_burst_rate: '0.00',
  in_mean_interval: '0.00',
  in_flaw_total: '0',
  in_quality_percentage: '100.00',
  in_mos: '4.50',
  out_raw_bytes: '2580',
  out_media_bytes: '2580',
  out_packet_count: '15',
  out_media_packet_count: '15',
  out_skip_packet_count: '0',
  out_dtmf_packet_count: '0',
  out_cng_packet_count: '0',
}
const RTP_REPORT: readonly [string, string][] = [
  ...Object.entries(RTP_COUNTERS).map(([name, value]): [string, string] => [`rtp_audio_${name}`, value]),
  ['rtp_audio_rtcp_packet_count', '0'],
  ['rtp_audio_rtcp_octet_count', '0'],
]

export interface Ended {
  readonly cause: string
  /** Empty where none were keyed, or where they are sensitive. */
  readonly digits: string
  readonly lastApplication: { readonly name: string; readonly argument: string } | undefined
  readonly callerId: string
  readonly media: boolean
  /** SIP's word for how the leg ended, where the caller did not end it. */
  readonly disposition: string | undefined
}

export function report(times: Times, ended: Ended): [string, string | undefined][] {
  const stamps: [string, number][] = [
    ['start', times.created],
    ['profile_start', times.created],
    ['answer', times.answered],
    ['bridge', times.bridged],
    ['progress', times.progress],
    ['progress_media', times.progressMedia],
    ['end', times.hangup],
  ]
  return [
    ['hangup_cause', ended.cause],
    ['hangup_cause_q850', String(q850(ended.cause))],
    ['digits_dialed', ended.digits || 'none'],
    ...stamps.map(([name, us]): [string, string | undefined] => [
      `${name}_stamp`,
      us ? stamp(us) : undefined,
    ]),
    ...epochs(times),
    ['last_app', ended.lastApplication?.name],
    ['last_arg', ended.lastApplication?.argument],
    ['caller_id', ended.callerId],
    ...durations(times),
    ['sip_hangup_disposition', ended.disposition],
    ...(ended.media ? RTP_REPORT : []),
  ]
}

function epochs(times: Times): [string, string][] {
  const at = (name: string, us: number): [string, string][] => [
    [`${name}_epoch`, String(Math.floor(us / 1e6))],
    [`${name}_uepoch`, String(us)],
  ]
  return [
    ...at('start', times.created),
    ...at('profile_start', times.created),
    ...at('answer', times.answered),
    ...at('bridge', times.bridged),
    ...at('last_hold', 0),
    ['hold_accum_seconds', '0'],
    ['hold_accum_usec', '0'],
    ['hold_accum_ms', '0'],
    ...at('resurrect', 0),
    ...at('progress', times.progress),
    ...at('progress_media', times.progressMedia),
    ...at('end', times.hangup),
  ]
}

function durations(times: Times): [string, string][] {
  const since = (us: number): number => (us ? us - times.created : 0)
  const spans: [string, number][] = [
    ['', times.hangup - times.created],
    ['bill', times.answered ? times.hangup - times.answered : 0],
    ['progress', since(times.progress)],
    ['answer', since(times.answered)],
    ['wait', since(times.bridged)],
    ['progress_media', since(times.progressMedia)],
    ['flow_bill', times.answered ? times.hangup - times.created : 0],
  ]
  const units: [string, number][] = [
    ['', 1e6],
    ['m', 1e3],
    ['u', 1],
  ]
  return units.flatMap(([unit, us]) =>
    spans.map(([span, length]): [string, string] => [
      durationName(span, unit),
      String(Math.floor(length / us)),
    ]),
  )
}

function durationName(span: string, unit: string): string {
  return span === '' ? `${unit}duration` : `${span}${unit}sec`
}

/** Local date and time as FreeSWITCH writes it. */
export function stamp(us: number): string {
  return new Date(us / 1000).toISOString().slice(0, 19).replace('T', ' ')
}
