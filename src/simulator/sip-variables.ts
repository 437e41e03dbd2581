/**
 * The variables that FreeSWITCH 1.11.2 sets on a SIP channel of itself, in its order, as recorded. Values that depend
 * on the call are filled in; the rest is what one small SIP caller on loopback gave.
 */
import { CALLER_HOST, type CallerProfile } from './caller-profile.ts'
import { template, type Variables } from './variables.ts'

const SDP_OFFER =
  'v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n' +
  'm=audio 6012 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n' +
  'a=fmtp:101 0-15\r\na=ptime:20\r\n'
const SDP_ANSWER =
  'v=0\r\no=FreeSWITCH 1795314241 1795314242 IN IP4 127.0.0.1\r\ns=FreeSWITCH\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n' +
  'm=audio 47720 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n' +
  'a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n'

const NO_MEDIA = template({
  video_media_flow: 'disabled',
  audio_media_flow: 'disabled',
  text_media_flow: 'disabled',
})
const LOCAL = template({
  sip_local_network_addr: '127.0.0.1',
  sip_network_ip: '127.0.0.1',
  sip_network_port: '5070',
})
const TRANSPORT = template({
  sip_received_ip: '127.0.0.1',
  sip_received_port: '5070',
  sip_via_protocol: 'udp',
})
const SIP_PROFILE = template({
  sip_from_tag: 'callerTag001',
  sofia_profile_name: 'inbound',
  sofia_profile_url: 'sip:mod_sofia@127.0.0.1:5080',
  recovery_profile_name: 'inbound',
  sip_full_via: `SIP/2.0/UDP ${CALLER_HOST};branch=z9hG4bK-1-0`,
})
const CONTACT = template({
  sip_contact_user: 'caller',
  sip_contact_port: '5070',
  sip_contact_uri: `caller@${CALLER_HOST}`,
  sip_contact_host: '127.0.0.1',
  rtp_use_codec_string: 'PCMA,PCMU',
  sip_via_host: '127.0.0.1',
  sip_via_port: '5070',
  max_forwards: '70',
})
const OFFER = template({
  switch_r_sdp: SDP_OFFER,
  ep_codec_string: 'CORE_PCM_MODULE.PCMA@8000h@20i@64000b',
  endpoint_disposition: 'DELAYED NEGOTIATION',
})

/** The INVITE has come in, before the dialplan. `domain` is the SIP domain, if there is one. */
export function setInvited(variables: Variables, profile: CallerProfile, domain: string | undefined): void {
  const { id, number, name, destination, times } = profile
  const from = `${number}@${CALLER_HOST}`
  const to = `${destination}@127.0.0.1:5080`
  variables.setAll({
    direction: 'inbound',
    uuid: id,
    session_id: '5',
    sip_from_user: number,
    sip_from_port: '5070',
    sip_from_uri: from,
    sip_from_host: '127.0.0.1',
  })
  variables.apply(NO_MEDIA)
  variables.set('channel_name', profile.channelName)
  variables.set('sip_call_id', `1-${id}@127.0.0.1`)
  variables.apply(LOCAL)
  variables.set('sip_invite_stamp', String(times.created))
  variables.apply(TRANSPORT)
  variables.set('sip_from_user_stripped', number.replace(/^\+/, ''))
  variables.set('sip_Privacy', profile.privacy ? 'id' : undefined)
  variables.apply(SIP_PROFILE)
  variables.setAll({
    sip_from_display: name,
    sip_full_from: `"${name}" <sip:${from}>;tag=callerTag001`,
    sip_full_to: `<sip:${to}>`,
  })
  for (const uri of ['req', 'to']) {
    variables.set(`sip_${uri}_user`, destination)
    variables.set(`sip_${uri}_port`, '5080')
    variables.set(`sip_${uri}_uri`, to)
    variables.set(`sip_${uri}_host`, '127.0.0.1')
  }
  variables.apply(CONTACT)
  variables.set('domain_name', domain)
  variables.apply(OFFER)
  variables.set('DP_MATCH', `ARRAY::${destination}|:${destination}`)
  variables.set('call_uuid', id)
}

/** There is audio: early media or answer. */
export const MEDIA = template({
  rtp_use_codec_string: 'PCMA,PCMU',
  remote_video_media_flow: 'inactive',
  remote_text_media_flow: 'inactive',
  remote_audio_media_flow: 'sendrecv',
  audio_media_flow: 'sendrecv',
  rtp_audio_recv_pt: '8',
  rtp_use_codec_name: 'PCMA',
  rtp_use_codec_rate: '8000',
  rtp_use_codec_ptime: '20',
  rtp_use_codec_channels: '1',
  rtp_last_audio_codec_string: 'PCMA@8000h@20i@1c',
  read_codec: 'PCMA',
  original_read_codec: 'PCMA',
  read_rate: '8000',
  original_read_rate: '8000',
  write_codec: 'PCMA',
  write_rate: '8000',
  dtmf_type: 'rfc2833',
  local_media_ip: '127.0.0.1',
  local_media_port: '47720',
  advertised_media_ip: '127.0.0.1',
  rtp_use_timer_name: 'soft',
  rtp_use_pt: '8',
  rtp_use_ssrc: '1393080113',
  rtp_2833_send_payload: '101',
  rtp_2833_recv_payload: '101',
  remote_media_ip: '127.0.0.1',
  remote_media_port: '6012',
  endpoint_disposition: 'EARLY MEDIA',
  rtp_local_sdp_str: SDP_ANSWER,
})

/** The caller's ACK has come, a moment after the answer. */
export function setAcknowledged(
  variables: Variables,
  { id, number, name, destination }: CallerProfile,
): void {
  variables.setAll({
    sip_to_tag: 'platformTag001',
    sip_from_tag: 'callerTag001',
    sip_cseq: '1',
    sip_call_id: `1-${id}@127.0.0.1`,
    sip_full_via: `SIP/2.0/UDP ${CALLER_HOST};branch=z9hG4bK-1-5`,
    sip_from_display: name,
    sip_full_from: `"${name}" <sip:${number}@${CALLER_HOST}>;tag=callerTag001`,
    sip_full_to: `<sip:${destination}@127.0.0.1:5080>;tag=platformTag001`,
  })
}

/** The caller sent BYE. */
export const BYE_RECEIVED = template({
  sip_term_status: '200',
  proto_specific_hangup_cause: 'sip:200',
  sip_term_cause: '16',
  sip_hangup_disposition: 'recv_bye',
})

/** The caller sent CANCEL. */
export const CANCEL_RECEIVED = template({
  sip_to_tag: 'platformTag001',
  sip_hangup_disposition: 'recv_cancel',
  sip_invite_failure_status: '487',
  sip_invite_failure_phrase: 'CANCEL',
  sip_term_status: '487',
  proto_specific_hangup_cause: 'sip:487',
  sip_term_cause: '487',
})
