import { transcript } from '../esl/transcripts.ts'
import { EncodedHeaders } from '../../src/esl/headers.ts'
const t = transcript('bridge-answered').lines[1]!.data
const block = Buffer.from(t, 'latin1')
const names = ['Socket-Mode','Control','Unique-ID','Answer-State','Caller-Caller-ID-Number','Caller-Privacy-Hide-Number','Caller-Privacy-Hide-Name','Caller-Caller-ID-Name','Caller-Destination-Number','Caller-Profile-Created-Time','variable_belplan_ckpt','variable_domain_name','variable_sip_h_X-Belplan-Hops','Caller-Channel-Created-Time','variable_continue_on_fail','variable_hangup_after_bridge','variable_ignore_early_media','variable_sip_copy_custom_headers','variable_transfer_ringback','variable_sensitive_dtmf','variable_playback_terminators','variable_belplan_node','variable_belplan_digits','variable_read_result','variable_originate_disposition']
for (let r = 0; r < 5; r++) for (const [k, f] of [['plain', () => new EncodedHeaders(block)], ['lines', () => EncodedHeaders.ofReply(block)]] as const) {
  const t0 = performance.now(); let x = 0
  for (let i = 0; i < 5000; i++) { const h = f(); for (const n of names) x += h.get(n)?.length ?? 0 }
  console.log(k, ((performance.now() - t0) / 5).toFixed(1), x)
}
