/**
 * The walk's state as one channel variable, so that any controller can go on where another was lost. Short,
 * since FreeSWITCH reads commands byte by byte, and of characters that need no escaping anywhere.
 *
 * It is FreeSWITCH's copy of what we wrote, but whoever reaches the channel may have changed it: what cannot
 * be read counts as absent.
 */
import { type BridgeOutcome, END, type Presentation, type Returned, type WalkState } from '../plan/index.ts'

/** What FreeSWITCH was doing when the checkpoint was written. */
export type Operation = 'none' | 'play' | 'collect' | 'bridge'

export interface Checkpoint {
  readonly revision: string
  /** The pass through the dialplan that this belongs to: a callee's REFER brings the caller back under the same id. */
  readonly pass: string
  readonly operation: Operation
  /** Controllers that held the call, the first one first. */
  readonly controllers: readonly string[]
  /** What the steps before came to, as `index:outcome`; the latest few. */
  readonly history: readonly string[]
  readonly state: WalkState
}

const VERSION = '1'
const OPERATIONS: Readonly<Record<Operation, string>> = { none: 'n', play: 'p', collect: 'c', bridge: 'b' }
const PROMPTS: Readonly<Record<WalkState['prompt'], string>> = { start: 's', wrong: 'w', timeout: 't' }
const PRESENTATIONS: Readonly<Record<Presentation, string>> = { caller: 'c', called: 'd', suppressed: 's' }
const BEST: Readonly<Record<BridgeOutcome, string>> = {
  answered: 'a', busy: 'b', rejected: 'r', noAnswer: 'n', unavailable: 'u', failed: 'f',
} // prettier-ignore

/** Separates fields: in no base64url, no plan name, no cause, no digits. */
const FIELD = '~'
const ITEM = '!'

export function encodeCheckpoint({
  revision,
  pass,
  operation,
  controllers,
  history,
  state,
}: Checkpoint): string {
  const letters =
    OPERATIONS[operation] +
    PROMPTS[state.prompt] +
    PRESENTATIONS[state.presentation] +
    (state.best ? BEST[state.best] : '')
  return [
    VERSION,
    revision,
    base36(pass),
    state.at === END ? '' : state.at.toString(36),
    letters,
    state.attempt.toString(36),
    state.steps.toString(36),
    state.bridges.toString(36),
    state.keyed,
    state.nameSet ? toText64(state.name) : '',
    state.lastCause ?? '',
    state.missed ?? '',
    [...state.returned].map(([index, returned]) => encodeReturned(index, returned)).join(ITEM),
    controllers.join(ITEM),
    history.join(ITEM),
  ].join(FIELD)
}

/** `name`: the caller's own, which a checkpoint does not repeat. Undefined: not a checkpoint of ours. */
export function decodeCheckpoint(text: string, name: string): Checkpoint | undefined {
  const [
    version,
    revision,
    pass,
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
    ...more
  ] = text.split(FIELD)
  if (version !== VERSION || history === undefined || more.length > 0) return undefined
  const [operation, prompt, presentation, best] = letters ?? ''
  const state = {
    at: at === '' ? END : parseInt(at!, 36),
    attempt: parseInt(attempt!, 36),
    prompt: keyOf(PROMPTS, prompt),
    keyed: keyed!,
    best: keyOf(BEST, best),
    steps: parseInt(steps!, 36),
    bridges: parseInt(bridges!, 36),
    presentation: keyOf(PRESENTATIONS, presentation),
    name: setName === '' ? name : fromText64(setName!),
    nameSet: setName !== '',
    lastCause: lastCause || undefined,
    missed: missed || undefined,
    returned: new Map(split(returned!).map(decodeReturned)),
    codes: new Map<number, string>(),
  }
  const doing = keyOf(OPERATIONS, operation)
  const numbers = [state.at === END ? 0 : state.at, state.attempt, state.steps, state.bridges]
  if (!revision || !numbers.every(isCount) || !state.prompt || !state.presentation || !doing) return undefined
  return {
    revision,
    pass: String(parseInt(pass!, 36)),
    operation: doing,
    controllers: split(controllers!),
    history: split(history),
    state: state as WalkState,
  }
}

function encodeReturned(index: number, { destination, callername }: Returned): string {
  return [index.toString(36), destination ?? '', callername === undefined ? '' : toText64(callername)].join(
    ':',
  )
}

function decodeReturned(item: string): [number, Returned] {
  const [index = '', destination, callername] = item.split(':')
  return [
    parseInt(index, 36),
    { ...(destination && { destination }), ...(callername && { callername: fromText64(callername) }) },
  ]
}

/** Less than nothing would be a budget without end. */
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
