/** The variables that appear with CHANNEL_HANGUP_COMPLETE: cause, stamps, durations and RTP counters. */
import { q850 } from './causes.ts'
import { stamp, type CallerProfile, type Times } from './caller-profile.ts'
import { isTrue } from './strings.ts'
import { template, type Variables } from './variables.ts'

/** What they are made of: the channel at its end. */
interface EndedChannel {
  readonly variables: Variables
  readonly profile: CallerProfile
  readonly lastApplication: { readonly name: string; readonly argument: string } | undefined
  readonly dtmf: { readonly taken: string }
  readonly disposition: string | undefined
  readonly media: boolean
}

/** Sets them, in FreeSWITCH's order. `cause` is the channel's. */
export function setHangupVariables(channel: EndedChannel, cause: string): void {
  const { variables, lastApplication, profile } = channel
  const { number, name, times } = profile
  const sensitive = isTrue(variables.get('sensitive_dtmf'))
  variables.setAll({
    hangup_cause: cause,
    hangup_cause_q850: String(q850(cause)),
    digits_dialed: (sensitive ? '' : channel.dtmf.taken) || 'none',
    ...stamps(times),
    ...epochs(times),
    last_app: lastApplication?.name,
    last_arg: lastApplication?.argument,
    caller_id: `"${name || number}" <${number}>`,
    ...durations(times),
  })
  // Who hung up is there already where it was the caller.
  if (channel.disposition !== undefined) variables.set('sip_hangup_disposition', channel.disposition)
  if (channel.media) variables.apply(RTP_COUNTERS)
}

function stamps(times: Times): Record<string, string> {
  const moments = {
    start: times.created,
    profile_start: times.created,
    answer: times.answered,
    bridge: times.bridged,
    progress: times.progress,
    progress_media: times.progressMedia,
    end: times.hangup,
  }
  return Object.fromEntries(
    Object.entries(moments).flatMap(([name, us]) => (us ? [[`${name}_stamp`, stamp(us)]] : [])),
  )
}

function epochs(times: Times): Record<string, string> {
  const at = (name: string, us: number): Record<string, string> => ({
    [`${name}_epoch`]: String(Math.floor(us / 1e6)),
    [`${name}_uepoch`]: String(us),
  })
  return {
    ...at('start', times.created),
    ...at('profile_start', times.created),
    ...at('answer', times.answered),
    ...at('bridge', times.bridged),
    ...at('last_hold', 0),
    hold_accum_seconds: '0',
    hold_accum_usec: '0',
    hold_accum_ms: '0',
    ...at('resurrect', 0),
    ...at('progress', times.progress),
    ...at('progress_media', times.progressMedia),
    ...at('end', times.hangup),
  }
}

/** Seconds, then milliseconds, then microseconds of each span. */
function durations(times: Times): Record<string, string> {
  const since = (us: number): number => (us ? us - times.created : 0)
  const spans = {
    '': times.hangup - times.created,
    bill: times.answered ? times.hangup - times.answered : 0,
    progress: since(times.progress),
    answer: since(times.answered),
    wait: since(times.bridged),
    progress_media: since(times.progressMedia),
    flow_bill: times.answered ? times.hangup - times.created : 0,
  }
  const units = { '': 1e6, m: 1e3, u: 1 }
  return Object.fromEntries(
    Object.entries(units).flatMap(([unit, us]) =>
      Object.entries(spans).map(([span, length]) => [
        span === '' ? `${unit}duration` : `${span}${unit}sec`,
        String(Math.floor(length / us)),
      ]),
    ),
  )
}

const RTP_COUNTERS = template({
  rtp_audio_in_raw_bytes: '0',
  rtp_audio_in_media_bytes: '0',
  rtp_audio_in_packet_count: '0',
  rtp_audio_in_media_packet_count: '0',
  rtp_audio_in_skip_packet_count: '18',
  rtp_audio_in_jitter_packet_count: '0',
  rtp_audio_in_dtmf_packet_count: '0',
  rtp_audio_in_cng_packet_count: '0',
  rtp_audio_in_flush_packet_count: '0',
  rtp_audio_in_largest_jb_size: '0',
  rtp_audio_in_jitter_min_variance: '0.00',
  rtp_audio_in_jitter_max_variance: '0.00',
  rtp_audio_in_jitter_loss_rate: '0.00',
  rtp_audio_in_jitter_burst_rate: '0.00',
  rtp_audio_in_mean_interval: '0.00',
  rtp_audio_in_flaw_total: '0',
  rtp_audio_in_quality_percentage: '100.00',
  rtp_audio_in_mos: '4.50',
  rtp_audio_out_raw_bytes: '2580',
  rtp_audio_out_media_bytes: '2580',
  rtp_audio_out_packet_count: '15',
  rtp_audio_out_media_packet_count: '15',
  rtp_audio_out_skip_packet_count: '0',
  rtp_audio_out_dtmf_packet_count: '0',
  rtp_audio_out_cng_packet_count: '0',
  rtp_audio_rtcp_packet_count: '0',
  rtp_audio_rtcp_octet_count: '0',
})
