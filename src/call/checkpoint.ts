/**
 * The walk's state as one channel variable, so that any controller can go on where another was lost. Short,
 * since FreeSWITCH reads commands byte by byte, and of characters that need no escaping anywhere.
 *
 * It is FreeSWITCH's copy of what a controller wrote, but other programs may have changed it: what cannot be read
 * counts as absent.
 */
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { Config } from '../config/index.ts'
import {
  type BridgeOutcome,
  END,
  isOrderOf,
  type Presentation,
  type Returned,
  VARIABLE,
  type WalkState,
} from '../plan/index.ts'

/** What FreeSWITCH was doing when the checkpoint was written. */
export type Operation = 'none' | 'play' | 'collect' | 'bridge' | 'queue' | 'voicemail'

export interface Checkpoint {
  readonly revision: string
  /**
   * When the caller profile was created, in microseconds since 1970: a callee's REFER brings the caller back under
   * the same id with a new profile, which an old checkpoint does not belong to.
   */
  readonly profileCreated: string
  readonly operation: Operation
  /** Controllers that held the call, the first one first. */
  readonly controllers: readonly string[]
  /** The outcomes of the latest steps, as `index:outcome`. */
  readonly history: readonly string[]
  readonly state: WalkState
}

const VERSION = '1'
const OPERATIONS: Readonly<Record<Operation, string>> = {
  none: 'n', play: 'p', collect: 'c', bridge: 'b', queue: 'q', voicemail: 'v',
} // prettier-ignore
const PROMPTS: Readonly<Record<WalkState['prompt'], string>> = { start: 's', wrong: 'w', timeout: 't' }
const PRESENTATIONS: Readonly<Record<Presentation, string>> = { caller: 'c', called: 'd', suppressed: 's' }
const BEST: Readonly<Record<BridgeOutcome, string>> = {
  answered: 'a', busy: 'b', rejected: 'r', noAnswer: 'n', unavailable: 'u', failed: 'f',
} // prettier-ignore

/** In place of a letter that is not there, before another one. */
const NONE = '-'
const RECORDING = 'r'

/** Separates fields: in no base64url, no plan name, no cause, no digits. */
const FIELD = '~'
const ITEM = '!'

export function encodeCheckpoint({
  revision,
  profileCreated,
  operation,
  controllers,
  history,
  state,
}: Checkpoint): string {
  const letters =
    OPERATIONS[operation] +
    PROMPTS[state.prompt] +
    PRESENTATIONS[state.presentation] +
    // A release that does not know the last of them reads the others.
    (state.best ? BEST[state.best] : state.recording ? NONE : '') +
    (state.recording ? RECORDING : '')
  const fields = [
    VERSION,
    revision,
    base36(profileCreated),
    state.at === END ? '' : state.at.toString(36),
    letters,
    encodeAttempt(state),
    state.steps.toString(36),
    state.bridges.toString(36),
    state.keyed,
    state.nameSet ? toText64(state.name) : '',
    state.lastCause ?? '',
    state.missed ?? '',
    [...state.returned].map(([index, returned]) => encodeReturned(index, returned)).join(ITEM),
    controllers.join(ITEM),
    history.join(ITEM),
  ]
  return [...fields, ...laterFields(state)].join(FIELD)
}

/**
 * Fields that came later, without those at the end that are empty: a call without what they are for has the checkpoint
 * that it always had. A controller of a release that does not know them takes a checkpoint with them for none, and
 * begins the call anew.
 */
function laterFields({ variables, returned }: WalkState): string[] {
  if (variables.size === 0 && returned.size === 0) return []
  const further = [...returned].flatMap(([index, { destinations = [] }]) =>
    destinations.length > 1 ? [[index.toString(36), ...destinations.slice(1)].join(':')] : [],
  )
  const fields = [
    Array.from(variables, ([name, value]) => `${name}:${toText64(value)}`).join(ITEM),
    further.join(ITEM),
  ]
  return fields.slice(0, fields.findLastIndex((field) => field !== '') + 1)
}

/** With the order of a list behind it, a digit for each place; controllers that know of none read the number alone. */
function encodeAttempt({ attempt, order }: WalkState): string {
  const places = order.map((place) => place.toString(36)).join('')
  return attempt.toString(36) + (places && `.${places}`)
}

function decodeOrder(attempt: string): readonly number[] {
  const order = Array.from(attempt.split('.')[1] ?? '', (place) => parseInt(place, 36))
  return isOrderOf(order, order.length) ? order : []
}

/** `name`: the caller's own, which a checkpoint does not repeat. Undefined: not a checkpoint of ours. */
export function decodeCheckpoint(text: string, name: string): Checkpoint | undefined {
  const [
    version,
    revision,
    profileCreated,
    at,
    letters,
    attempt,
    steps,
    bridges,
    keyed,
    setName,
    lastCause,
    missed,
    returned,
    controllers,
    history,
    variables = '',
    further = '',
    ...more
  ] = text.split(FIELD)
  if (version !== VERSION || history === undefined || more.length > 0) return undefined
  if (![variables, further].every(hasNamedItems)) return undefined
  const [operation, prompt, presentation, best, recording] = letters ?? ''
  const state = {
    at: at === '' ? END : parseInt(at!, 36),
    attempt: parseInt(attempt!, 36),
    order: decodeOrder(attempt!),
    prompt: keyOf(PROMPTS, prompt),
    keyed: keyed!,
    best: keyOf(BEST, best),
    steps: parseInt(steps!, 36),
    bridges: parseInt(bridges!, 36),
    presentation: keyOf(PRESENTATIONS, presentation),
    name: setName === '' ? name : fromText64(setName!),
    nameSet: setName !== '',
    recording: recording === RECORDING,
    lastCause: lastCause || undefined,
    missed: missed || undefined,
    returned: withFurther(new Map(split(returned!).map(decodeReturned)), further),
    variables: new Map(split(variables).flatMap(decodeVariable)),
    secrets: new Map<string, string>(),
    secretsLost: true,
    codes: new Map<number, string>(),
  }
  const running = keyOf(OPERATIONS, operation)
  const numbers = [state.at === END ? 0 : state.at, state.attempt, state.steps, state.bridges]
  if (!revision || !numbers.every(isCount) || !state.prompt || !state.presentation || !running)
    return undefined
  return {
    revision,
    profileCreated: String(parseInt(profileCreated!, 36)),
    operation: running,
    controllers: split(controllers!),
    history: split(history),
    state: state as WalkState,
  }
}

function encodeReturned(index: number, { destination, destinations, callername }: Returned): string {
  const first = destination ?? destinations?.[0] ?? ''
  return [index.toString(36), first, callername === undefined ? '' : toText64(callername)].join(':')
}

function decodeReturned(item: string): [number, Returned] {
  const [index = '', destination, callername] = item.split(':')
  return [
    parseInt(index, 36),
    { ...(destination && { destination }), ...(callername && { callername: fromText64(callername) }) },
  ]
}

/** As the items of later fields are, and a signature never is: of a checkpoint that is signed it would be the last field. */
const hasNamedItems = (field: string) => split(field).every((item) => item.includes(':'))

/** Of a list the first destination stands where a single one does. */
function withFurther(returned: Map<number, Returned>, further: string): Map<number, Returned> {
  for (const item of split(further)) {
    const [index = '', ...others] = item.split(':')
    const known = returned.get(parseInt(index, 36))
    if (known?.destination === undefined) continue
    const { destination, ...rest } = known
    returned.set(parseInt(index, 36), { ...rest, destinations: [destination, ...others] })
  }
  return returned
}

function decodeVariable(item: string): [string, string][] {
  const [name = '', value = ''] = item.split(':')
  return VARIABLE.test(name) ? [[name, fromText64(value)]] : []
}

/** A negative number would be a budget without end. */
const isCount = (number: number) => Number.isSafeInteger(number) && number >= 0
/** Microseconds since 1970 fit a double until the year 2255. */
const base36 = (microseconds: string) => Number(microseconds).toString(36)
const toText64 = (text: string) => Buffer.from(text, 'utf8').toString('base64url')
const fromText64 = (text: string) => Buffer.from(text, 'base64url').toString('utf8')
const split = (text: string) => (text === '' ? [] : text.split(ITEM))

function keyOf<K extends string>(
  letters: Readonly<Record<K, string>>,
  letter: string | undefined,
): K | undefined {
  return (Object.keys(letters) as K[]).find((key) => letters[key] === letter)
}

/**
 * Keeps whoever can set a channel variable from choosing where a call goes on, such as behind a PIN. Controllers that
 * hand calls to one another share the secret.
 */
export interface CheckpointSignature {
  /** `callId`: the Unique-ID of the channel that it is for; it is not valid on any other. */
  sign(text: string, callId: string): string
  /** The text that was signed; undefined where the signature is not one of these secrets' for this call. */
  verify(signed: string, callId: string): string | undefined
}

const NO_SIGNATURE: CheckpointSignature = { sign: (text) => text, verify: (text) => text }

/** 96 bits, base64url: FreeSWITCH takes time for each byte. */
const MAC_BYTES = 12
const MAC_LENGTH = 16

/** The first secret signs, any of them verifies; without one there is no signature. */
export function createSignature(secrets: Config['checkpointSecret']): CheckpointSignature {
  if (secrets === undefined) return NO_SIGNATURE
  const keys = secrets.map((secret) => createSecretKey(secret.reveal(), 'utf8'))
  const signing = keys[0]!
  return {
    sign: (text, callId) => `${text}${FIELD}${mac(signing, text, callId).toString('base64url')}`,
    verify(signed, callId) {
      const at = signed.length - MAC_LENGTH
      if (signed[at - 1] !== FIELD) return undefined
      const given = Buffer.from(signed.slice(at), 'base64url')
      const text = signed.slice(0, at - 1)
      if (given.length !== MAC_BYTES) return undefined
      return keys.some((key) => timingSafeEqual(mac(key, text, callId), given)) ? text : undefined
    },
  }
}

function mac(key: KeyObject, text: string, callId: string): Buffer {
  return createHmac('sha256', key).update(`${callId}${FIELD}${text}`).digest().subarray(0, MAC_BYTES)
}
