/** Callers and callees of a script, as the simulator has them. */
import type { PlanSet } from '../plan/index.ts'
import type { CallScript, Mailbox, Party, Queue } from '../simulator/index.ts'
import type { Given, TrialScript } from './script.ts'
import type { ScriptTime } from './script-time.ts'

/** What is recorded plays for so long, unless the script says otherwise. */
const AUDIO_MS = 3000
/** People do not pick up at once, nor talk for a tenth of a second. */
const ANSWER_MS = 2000
const TALK_MS = 60_000
/** A queue is there because callers wait. */
const QUEUE_SECONDS = 10
/** From one key to the next. */
const KEY_MS = 300
/** Nobody waits for longer than this. */
const PATIENCE_MS = 3_600_000

export function callScript({ call, given }: TrialScript, set: PlanSet, time: ScriptTime): CallScript {
  const { did, callerid: caller, callername: name, withheld: privacy, domain } = call
  const { digits, hangsUpAfterSeconds } = given
  const afterMs = hangsUpAfterSeconds === undefined ? PATIENCE_MS : 1000 * hangsUpAfterSeconds
  return {
    ...{ did, domain, caller, name, privacy, digits, time, tickMs: 0, listens: true, keyMs: KEY_MS },
    hangUp: { when: { afterMs } },
    queues: Object.fromEntries(Object.entries(given.queues).map(([name, queue]) => [name, queueOf(queue)])),
    mailboxes: Object.fromEntries(
      Object.entries(given.mailboxes).map(([name, mailbox]) => [name, mailboxOf(mailbox)]),
    ),
    ...audioOf(given, set.find(did, domain).document, set),
  }
}

export function partyOf({ destinations }: Given, destination: string): Party {
  const scripted = Object.hasOwn(destinations, destination) ? destinations[destination]! : 'noAnswer'
  const {
    outcome = 'answered',
    afterSeconds,
    talkSeconds,
    confirms = true,
  } = typeof scripted === 'string' ? { outcome: scripted } : scripted
  const afterMs = afterSeconds === undefined ? (outcome === 'answered' ? ANSWER_MS : 0) : 1000 * afterSeconds
  const talkMs = talkSeconds === undefined ? TALK_MS : 1000 * talkSeconds
  return { outcome, talkMs, afterMs, confirms }
}

function queueOf(scripted: Given['queues'][string]): Queue {
  const {
    outcome = 'answered',
    afterSeconds = QUEUE_SECONDS,
    talkSeconds = TALK_MS / 1000,
  } = typeof scripted === 'string' ? { outcome: scripted } : scripted
  return { outcome, afterMs: 1000 * afterSeconds, talkMs: 1000 * talkSeconds }
}

function mailboxOf(scripted: Given['mailboxes'][string]): Mailbox {
  const { outcome = 'left', messageSeconds } = typeof scripted === 'string' ? { outcome: scripted } : scripted
  return { outcome, ...(messageSeconds !== undefined && { messageMs: 1000 * messageSeconds }) }
}

/** How long FreeSWITCH audio plays, in milliseconds, and what of it cannot be played. */
function audioOf(
  { audioSeconds }: Given,
  document: string | undefined,
  set: PlanSet,
): Pick<CallScript, 'audioMs' | 'unplayable'> {
  const names = document === undefined ? {} : set.compiled(document)!.document.audio
  const lengths = new Map<string, number>()
  const unplayable: string[] = []
  for (const [name, seconds] of Object.entries(audioSeconds)) {
    const audio = names[name] ?? name
    if (seconds === 'unplayable') unplayable.push(audio)
    else lengths.set(audio, 1000 * seconds)
  }
  return { unplayable, audioMs: (audio) => lengths.get(audio) ?? silenceMs(audio) ?? AUDIO_MS }
}

function silenceMs(audio: string): number | undefined {
  const ms = /^silence_stream:\/\/(\d+)/.exec(audio)?.[1]
  return ms === undefined ? undefined : Number(ms)
}
