/**
 * The variables of the caller's channel: the settings that every plan relies on, the results of applications, and the
 * checkpoint from which another controller goes on. Each byte costs FreeSWITCH time: only what is missing is set, and
 * only what is there is unset.
 */
import {
  type Headers,
  RECORDING,
  type RecordingChange,
  recordingFile,
  type RecordingFile,
  type VariableValues,
} from '../esl/index.ts'
import type { DigitsInput, QueueResult, VoicemailResult, WalkState } from '../plan/index.ts'
import { BELPLAN_NODE } from '../records/index.ts'
import { type Checkpoint, type CheckpointSignature, encodeCheckpoint, type Operation } from './checkpoint.ts'
import { readQueueEnd } from './queue-end.ts'
import { readVoicemailEnd } from './voicemail-end.ts'
import { ringingTone } from './ringing-tone.ts'

/** What the connect reply says of them. */
export interface FoundVariables {
  /** Settings that the channel does not have yet. */
  readonly settings: VariableValues
  readonly hasDigits: boolean
  /** What was collected for the controller that held the call before. */
  readonly digits: DigitsInput | undefined
  /** Some audio could be played. */
  readonly hasPlayed: boolean
  readonly hasBridgeResult: boolean
  /** How a bridge ended, as `originate_disposition` has it; undefined: none was begun. */
  readonly disposition: string | undefined
  /** What the conversations that follow are recorded in, by the controller that held the call before. */
  readonly recording: RecordingFile | undefined
  readonly hasRecordingResult: boolean
  /** How it left the queue that a controller put it into; undefined: it was in none. */
  readonly queueEnd: QueueResult | undefined
  /** What came of the mailbox that a controller put it into; undefined: it was in none. */
  readonly voicemailEnd: VoicemailResult | undefined
}

/**
 * `country`: whose ringing tone an answered caller hears. `wasHeld`: else no controller has put the call into a queue or a
 * mailbox, and what is there of these is the dialplan's.
 */
export function findVariables(
  headers: Headers,
  country: string | undefined,
  wasHeld: boolean,
): FoundVariables {
  const disposition = headers.variable('originate_disposition')
  return {
    settings: missingSettings(headers, country),
    hasDigits: headers.variable('belplan_digits') !== undefined,
    digits: digitsInput(headers),
    hasPlayed: Number(headers.variable('playback_samples') ?? 0) > 0,
    hasBridgeResult:
      (disposition ?? headers.variable('last_bridge_proto_specific_hangup_cause')) !== undefined,
    disposition,
    recording: recordingIn(headers),
    hasRecordingResult:
      (headers.variable('record_ms') ?? headers.variable('record_completion_cause')) !== undefined,
    queueEnd: wasHeld ? readQueueEnd(headers) : undefined,
    voicemailEnd: wasHeld ? readVoicemailEnd(headers) : undefined,
  }
}

/** Whoever can set a channel variable may have written it. */
function recordingIn(headers: Headers): RecordingFile | undefined {
  const file = headers.variable(RECORDING)
  try {
    return file === undefined ? undefined : recordingFile(file)
  } catch {
    return undefined
  }
}

/** What a plan's meaning needs, whatever the operator's dialplan set or did not set. */
function missingSettings(headers: Headers, country: string | undefined): VariableValues {
  const wanted = {
    // A destination that does not answer does not end the call.
    continue_on_fail: 'true',
    // When one party hangs up, the call is over: the plan does not go on behind a conversation.
    hangup_after_bridge: 'true',
    // Ring times and simultaneous ringing hold only if a leg with early media does not count as answered.
    ignore_early_media: 'true',
    // The caller's X-, Diversion and User-to-User headers are not for the callee.
    sip_copy_custom_headers: 'false',
    // An answered caller hears nothing while a destination rings, otherwise.
    transfer_ringback: ringingTone(country),
    // Keeps digits out of FreeSWITCH's log and DTMF events.
    sensitive_dtmf: 'true',
    // Audio plays to its end, whatever the caller keys.
    playback_terminators: 'none',
    // The inbound link subscribes to the ends of calls with this variable and of no others.
    belplan_node: BELPLAN_NODE,
  }
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => headers.variable(name) !== value),
  )
}

/**
 * What was keyed, from the variables that play_and_get_digits sets. Undefined: nothing was collected, since the
 * prompt could not be played or the application never ran.
 *
 * `read_result` only says whether anything happened: it reads `timeout` for digits that a pause ended and `failure`
 * for silence, too few digits and a lone terminator alike. Digits and terminator distinguish them; a lone terminator
 * keyed during the prompt where one digit is collected reads `success` and leaves no other trace.
 */
export function digitsInput(headers: Headers): DigitsInput | undefined {
  const result = headers.variable('read_result')
  if (result === undefined) return undefined
  const digits = (headers.variable('belplan_digits') ?? '').replace(/[^0-9*#A-D]/g, '')
  const terminated =
    headers.variable('read_terminator_used') !== undefined || (digits === '' && result === 'success')
  return digits === '' && !terminated ? { kind: 'timeout' } : { kind: 'digits', digits, terminated }
}

/** FreeSWITCH never unsets these: digits are only known to be new when they were unset before. */
export const NO_DIGITS = {
  read_result: undefined,
  read_terminator_used: undefined,
  belplan_digits: undefined,
  belplan_digits_invalid: undefined,
} as const

/** How much of audio was played is set where it could be played, and never unset (switch_ivr_play_say.c, switch_ivr_play_file). */
export const NOTHING_PLAYED = { playback_samples: undefined } as const

/** A bridge's result is only known to be its own when it was unset before. */
const NO_BRIDGE_RESULT = {
  originate_disposition: undefined,
  last_bridge_proto_specific_hangup_cause: undefined,
} as const

/** What FreeSWITCH says of a recording is only known to be of this one when it was unset before. */
const NO_RECORDING_RESULT = { record_ms: undefined, record_completion_cause: undefined } as const
/** What a queue leaves on the channel says nothing of the next one. */
const NO_QUEUE_END = {
  cc_queue: undefined,
  cc_cause: undefined,
  cc_cancel_reason: undefined,
  cc_exit_key: undefined,
} as const

/** What a mailbox leaves there says nothing of the next one. */
const NO_VOICEMAIL_END = {
  voicemail_message_len: undefined,
  voicemail_file_path: undefined,
  record_ms: undefined,
} as const

/** What was set for a queue is nothing for what follows it: a key is a key again, and who is hidden from agents is not from all. */
const NO_QUEUE = {
  caller_id_name: undefined,
  caller_id_number: undefined,
  cc_exit_keys: undefined,
  cc_export_vars: undefined,
  sip_h_Privacy: undefined,
  origination_privacy: undefined,
  sip_cid_type: undefined,
} as const

const NO_VOICEMAIL = {
  skip_greeting: undefined,
  skip_instructions: undefined,
  skip_record_check: undefined,
  skip_record_urgent_check: undefined,
  voicemail_skip_goodbye: undefined,
} as const

/** The checkpoint has to be short: it holds the outcomes of the latest steps only. */
const HISTORY = 6

export class ChannelVariables {
  readonly #found: FoundVariables
  readonly #checkpoint: Checkpoint
  readonly #signature: CheckpointSignature
  readonly #callId: string
  #history: readonly string[]
  #settings: VariableValues
  #hasDigits: boolean
  #hasBridgeResult: boolean
  #recording: RecordingFile | undefined
  #hasQueue: boolean
  #hasVoicemail: boolean
  /** What FreeSWITCH was doing for the controller that held the call before. */
  #resumed: Operation
  /** The last operation and the place in the walk that it belongs to: beyond that place it says nothing. */
  #last: { readonly operation: Operation; readonly place: string }
  #saved: string | undefined

  /** `checkpoint` is the one to go on from; its state is the walk's own, and is read whenever it is saved. */
  constructor(found: FoundVariables, checkpoint: Checkpoint, signature: CheckpointSignature, callId: string) {
    this.#found = found
    this.#checkpoint = checkpoint
    this.#signature = signature
    this.#callId = callId
    this.#history = checkpoint.history
    this.#settings = found.settings
    this.#hasDigits = found.hasDigits
    this.#hasBridgeResult = found.hasBridgeResult
    this.#recording = found.recording
    this.#hasQueue = found.queueEnd !== undefined
    this.#hasVoicemail = found.voicemailEnd !== undefined
    this.#resumed = checkpoint.operation
    this.#last = { operation: checkpoint.operation, place: placeOf(checkpoint.state) }
  }

  /** Whether audio was played to its end for the controller before, or begun; true at the first operation only. */
  wasPlayed(proven: boolean): boolean {
    return this.#wasResumed('play') && (!proven || this.#found.hasPlayed)
  }

  /** What was collected for the controller before; at the first operation only. */
  collected(): DigitsInput | undefined {
    return this.#wasResumed('collect') ? this.#found.digits : undefined
  }

  /** The `originate_disposition` of a bridge that was begun for the controller before; at the first operation only. */
  bridged(): string | undefined {
    return this.#wasResumed('bridge') ? this.#found.disposition : undefined
  }

  /** How the queue was left that the call was put into by the controller before; at the first operation only. */
  queued(): QueueResult | undefined {
    return this.#wasResumed('queue') ? this.#found.queueEnd : undefined
  }

  /** What came of the mailbox that the call was put into by the controller before; at the first operation only. */
  leftMessage(): VoicemailResult | undefined {
    // A greeting that was played counts for what follows.
    if (this.#resumed !== 'voicemail') return undefined
    return this.#wasResumed('voicemail') ? this.#found.voicemailEnd : undefined
  }

  /** What is set in the same write as an operation: from here on FreeSWITCH completes it if the connection is lost. */
  before(operation: Operation): VariableValues {
    const settings = this.#settings
    const stale = {
      ...this.staleDigits(),
      ...(operation === 'bridge' && this.#hasBridgeResult && NO_BRIDGE_RESULT),
      ...this.#staleLetGo(),
      ...(operation === 'queue' && NO_QUEUE_END),
      ...(operation === 'voicemail' && NO_VOICEMAIL_END),
    }
    this.#settings = {}
    this.#last = { operation, place: placeOf(this.#checkpoint.state) }
    this.#saved = this.#current()
    this.#hasDigits ||= operation === 'collect'
    this.#hasBridgeResult ||= operation === 'bridge'
    return { ...settings, ...stale, belplan_ckpt: this.#saved, socket_resume: 'false' }
  }

  /**
   * What has to change for the conversations that follow to be recorded in `file`, or not at all; undefined: nothing. It
   * goes with `variables` in the write of the next operation.
   */
  recordIn(
    file: RecordingFile | undefined,
    answered: boolean,
  ): { readonly change: RecordingChange; readonly variables: VariableValues } | undefined {
    const stop = this.#recording
    if (file === stop) return undefined
    this.#recording = file
    const start = file === undefined ? undefined : { file, answered }
    const isStale = start !== undefined && this.#found.hasRecordingResult
    return { change: { stop, start }, variables: isStale ? NO_RECORDING_RESULT : {} }
  }

  /** The checkpoint, where it differs from the one that was saved last. */
  unsaved(): VariableValues | undefined {
    const checkpoint = this.#current()
    if (checkpoint === this.#saved) return undefined
    const stale = { ...this.staleDigits(), ...this.#staleLetGo() }
    this.#saved = checkpoint
    // The inbound link is to see the end of a call with a checkpoint, also where no application ever runs.
    const { belplan_node, ...settings } = this.#settings
    this.#settings = settings
    return { ...(belplan_node !== undefined && { belplan_node }), ...stale, belplan_ckpt: checkpoint }
  }

  /**
   * The checkpoint, where the one that is there is another controller's: that one may be back by the end of the call, and would
   * take it for its own.
   */
  takenOver(): VariableValues {
    const isOthers = this.#saved === undefined && this.#checkpoint.controllers.length > 1
    return isOthers ? { belplan_ckpt: this.#current() } : {}
  }

  /** Unsets digits as soon as the walk has left the place that they were keyed at. */
  staleDigits(): VariableValues {
    if (!this.#hasDigits || placeOf(this.#checkpoint.state) === this.#last.place) return {}
    this.#hasDigits = false
    return NO_DIGITS
  }

  #staleLetGo(): VariableValues {
    if (!this.#hasQueue && !this.#hasVoicemail) return {}
    // Until then another controller may yet have to go by it; a call that was transferred begins with what is no part of it.
    const { operation, place } = this.#last
    const isLetGo = operation === 'queue' || operation === 'voicemail'
    if (isLetGo && placeOf(this.#checkpoint.state) === place) return {}
    const stale = { ...(this.#hasQueue && NO_QUEUE), ...(this.#hasVoicemail && NO_VOICEMAIL) }
    this.#hasQueue = this.#hasVoicemail = false
    return stale
  }

  /** Adds the outcome of a step to the history in the checkpoint. */
  addOutcome(index: number, outcome: string): void {
    this.#history = [...this.#history, `${index.toString(36)}:${outcome}`].slice(-HISTORY)
  }

  #wasResumed(operation: Operation): boolean {
    const resumed = this.#resumed
    this.#resumed = 'none'
    return resumed === operation
  }

  #current(): string {
    const { operation, place } = this.#last
    const checkpoint = {
      ...this.#checkpoint,
      operation: place === placeOf(this.#checkpoint.state) ? operation : 'none',
      history: this.#history,
    }
    return this.#signature.sign(encodeCheckpoint(checkpoint), this.#callId)
  }
}

function placeOf({ at, attempt, steps, keyed }: WalkState): string {
  return `${at}/${attempt}/${steps}/${keyed}`
}
