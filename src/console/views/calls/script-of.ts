/** A call that has ended, as one to try: who called whom, and what servers and telephones did. */
import type { CallStep, WholeCall } from '../../api/calls.ts'
import type { Answer, Given, Outcome, Party, Script, Status } from '../../api/try.ts'

type RecordedCall = Pick<WholeCall, 'did' | 'caller' | 'name' | 'steps'> &
  Partial<Pick<WholeCall, 'at' | 'ending'>>

interface PlanOfCall {
  /** Of the revision that the call had, by name. */
  readonly steps: ReadonlyMap<string, { readonly webhook?: string }>
  /** That the document has now: no other can be given an answer. */
  readonly webhooks: readonly string[]
}

/**
 * What the caller keyed is not in records. Where several telephones rang at once they do not say either who answered: it is
 * taken to be the first.
 */
export function scriptOf(
  { did, caller, name, at, ending, steps }: RecordedCall,
  { steps: planSteps, webhooks: there }: PlanOfCall,
): Script {
  const webhooks: Record<string, Answer | 'down'> = {}
  const destinations: Record<string, Outcome | Party> = {}
  for (const step of steps) {
    const { webhook } = planSteps.get(step.step) ?? {}
    const answer = step.type === 'webhook' ? answerIn(step) : undefined
    if (answer && webhook !== undefined && there.includes(webhook)) webhooks[webhook] = answer
    if (step.type === 'bridge') Object.assign(destinations, partiesIn(step))
  }
  return {
    call: {
      did,
      ...(caller === '' ? { withheld: true } : { callerid: caller }),
      ...(name !== '' && { callername: name }),
      ...(at !== undefined && { at }),
    },
    given: {
      ...given('webhooks', webhooks),
      ...given('destinations', destinations),
      ...given('queues', namedIn(steps, 'queue')),
      ...given('mailboxes', namedIn(steps, 'mailbox')),
      ...(ending === 'callerHungUp' && { hangsUpAfterSeconds: secondsOf(sum(steps)) }),
    },
  }
}

/** Undefined: it was not asked, since the caller keyed no good code. */
function answerIn({ outcome, http, destination, destinations, callername }: CallStep): Answer | 'down' | undefined {
  if (!isStatus(outcome)) return undefined
  if (outcome === 'ERR' && http === undefined) return 'down'
  return {
    status: outcome,
    ...(isShown(destination) && { destination }),
    ...(Array.isArray(destinations) && destinations.every(isShown) && { destinations }),
    ...(isShown(callername) && { callername }),
  }
} // prettier-ignore

function partiesIn({ outcome, destinations, each, eachMs, ms }: CallStep): Record<string, Outcome | Party> {
  if (!Array.isArray(destinations)) return {}
  const outcomes: readonly unknown[] = Array.isArray(each) ? each : [outcome]
  const lengths: readonly unknown[] = Array.isArray(eachMs) ? eachMs : [ms]
  const known = destinations.flatMap((destination: unknown, i): [string, Outcome | Party][] => {
    const came = outcomes[i]
    if (!isShown(destination) || !isOutcome(came)) return []
    const took = lengths[i]
    const isTimed = came === 'answered' && typeof took === 'number'
    return [[destination, isTimed ? { outcome: came, afterSeconds: secondsOf(took) } : came]]
  })
  return Object.fromEntries(known)
}

/** What became of the caller in each queue or mailbox. */
const namedIn = (steps: readonly CallStep[], kind: 'queue' | 'mailbox'): Record<string, string> =>
  Object.fromEntries(
    steps.flatMap(({ [kind]: name, outcome }) =>
      isShown(name) && !NOT_SCRIPTED.includes(outcome) ? [[name, outcome]] : [],
    ),
  )

const isStatus = (outcome: string): outcome is Status => ['ACK', 'NAK', 'ERR'].includes(outcome)

const isOutcome = (outcome: unknown): outcome is Outcome =>
  typeof outcome === 'string' && !NOT_SCRIPTED.includes(outcome)

/** The caller hung up, or still waits, which those who are not named lead to. */
const NOT_SCRIPTED = ['interrupted', 'waiting']

/** In place of what a record must not have, such as a destination with the caller's code in it. */
const MASK = '•••'

const isShown = (value: unknown): value is string => typeof value === 'string' && !value.includes(MASK)

/** Down to tenths: rounded up, it would be past the time that a plan rings. */
const secondsOf = (ms: number): number => Math.floor(ms / 100) / 10

const sum = (steps: readonly CallStep[]): number => steps.reduce((all, { ms = 0 }) => all + ms, 0)

const given = (what: keyof Given, named: object): Given =>
  Object.keys(named).length === 0 ? {} : { [what]: named }
