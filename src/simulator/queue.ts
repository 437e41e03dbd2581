/** The `callcenter` application (mod_callcenter.c, callcenter_function): the caller waits for an agent. */
import type { Channel } from './channel.ts'
import { converse, hangUpAfter } from './conversation.ts'
import { agentInvite } from './leg.ts'
import type { Queue } from './script.ts'
import { toText } from './strings.ts'
import type { QueueEntry } from './timeline.ts'

const DEFAULT_MS = 100
const WAITS: Queue = { outcome: 'waits' }
/** Ends a wait; it is no key of a telephone. */
const WAIT_IS_OVER = 'w'
const REASONS = {
  timeout: 'TIMEOUT',
  noAgents: 'NO_AGENT_TIMEOUT',
  exitKey: 'EXIT_WITH_KEY',
  left: 'BREAK_OUT',
}

type WaitEnd = Exclude<QueueEntry['end'], 'missing'>

/** `name`: one character per byte. */
export function queueNamed({ script: { queues = {} } }: Channel, name: string): Queue {
  const text = toText(name)
  return Object.hasOwn(queues, text) ? queues[text]! : WAITS
}

export async function callcenter(channel: Channel, name: string): Promise<void> {
  const { variables, clock, timeline } = channel
  const queue = toText(name)
  const script = queueNamed(channel, name)
  if (script.outcome === 'missing') {
    timeline.add({ type: 'queue', queue, end: 'missing', ms: 0 })
    return
  }
  channel.answer('queue')
  variables.setAll({ cc_side: 'member', cc_queue: name, cc_queue_joined_epoch: epoch(channel) })
  channel.activity = 'waiting'
  const began = clock.now()
  const end = await wait(channel, script)
  const waited = { type: 'queue', queue, end, ms: clock.now() - began } as const
  if (end === 'answered') {
    variables.setAll({
      cc_cause: 'answered',
      cc_agent: `agent of ${name}`,
      cc_queue_answered_epoch: epoch(channel),
    })
    const shown = agentInvite(channel, name)
    timeline.add({ ...waited, ...(shown && { shown }) })
    return talk(channel, script)
  }
  variables.setAll({
    cc_cause: 'cancel',
    cc_cancel_reason: reasonOf(channel, end),
    cc_queue_canceled_epoch: epoch(channel),
  })
  timeline.add(waited)
}

/** A key that leaves the queue, such as the one that says that the wait is over, may come before what the script says. */
async function wait(channel: Channel, { outcome, afterMs = DEFAULT_MS }: Queue): Promise<WaitEnd> {
  const { variables, clock } = channel
  const keys = variables.get('cc_exit_keys') ?? ''
  const own = keys.replace(WAIT_IS_OVER, '')[0]
  let keyed = outcome === 'exitKey' ? own : undefined
  channel.onKey = (key) => {
    if (!keys.includes(key)) return
    keyed = key
    clock.interrupt('break')
  }
  const isEndless = outcome === 'waits' || outcome === 'full' || (outcome === 'exitKey' && own === undefined)
  const interruption = await clock.pause(isEndless ? Infinity : afterMs, { breakable: true })
  channel.onKey = undefined
  if (channel.down) return 'left'
  if (interruption !== undefined || outcome === 'exitKey') {
    variables.set('cc_exit_key', keyed)
    return keyed === WAIT_IS_OVER ? 'timeout' : 'exitKey'
  }
  return outcome === 'answered' || outcome === 'noAgents' ? outcome : 'timeout'
}

function reasonOf({ variables }: Channel, end: Exclude<WaitEnd, 'answered'>): string {
  return variables.get('cc_exit_key') === WAIT_IS_OVER ? REASONS.exitKey : REASONS[end]
}

/** switch_ivr_uuid_bridge. */
async function talk(channel: Channel, { talkMs = DEFAULT_MS }: Queue): Promise<void> {
  channel.profile.times.bridged = channel.clock.unixUs()
  hangUpAfter(channel, await converse(channel, talkMs))
}

/** Whole seconds since 1970. */
const epoch = ({ clock }: Channel): string => String(Math.floor(clock.unixUs() / 1e6))
