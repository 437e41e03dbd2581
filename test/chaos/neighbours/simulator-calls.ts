/** Callers and callees played by the simulator, with the reports that the SIP callers give. */
import { placeCall, type Target } from '../../../src/simulator/place-call.ts'
import type { CallResult, Party } from '../../../src/simulator/script.ts'
import type { Invite, TimelineEntry } from '../../../src/simulator/timeline.ts'
import type { Behaviour, Leg } from '../sip/callees.ts'
import type { Caller, CallerReport, CallerScript } from '../sip/caller.ts'

export interface SimulatorCalls {
  readonly legs: readonly Leg[]
  /** What a controller must never cause, each after the caller's number. */
  readonly violations: readonly string[]
  call(script: CallerScript, variables?: Readonly<Record<string, string>>): Caller
}

export interface SimulatorCallsOptions {
  readonly targets: readonly Target[]
  readonly callees: Readonly<Record<string, Behaviour>>
  /** How long prompts last. */
  readonly audioMs?: number
  readonly onInvite?: (invite: Invite) => void
}

export function createSimulatorCalls({
  targets,
  callees,
  audioMs,
  onInvite,
}: SimulatorCallsOptions): SimulatorCalls {
  const answers = Object.fromEntries(Object.entries(callees).map(([number, one]) => [number, partyOf(one)]))
  const legs: Leg[] = []
  const violations: string[] = []

  async function place(
    script: CallerScript,
    variables: Readonly<Record<string, string>>,
    invitedMs: number,
  ): Promise<CallerReport> {
    const own: Leg[] = []
    let firstSignMs: number | undefined
    let answeredMs: number | undefined
    let endedBy = 'switch' as CallerReport['endedBy']
    const observe = (entry: TimelineEntry): void => {
      const now = Date.now()
      if (entry.type === 'invite') {
        const { destination, number, name } = entry.invite
        const leg: Leg = { destination: destination.replace(/@.*/, ''), number, name, atMs: now }
        own.push(leg)
        legs.push(leg)
        onInvite?.(entry.invite)
      } else if (entry.type === 'ringing') firstSignMs ??= now
      else if (entry.type === 'answer') {
        firstSignMs ??= now
        answeredMs ??= now
      } else if (entry.type === 'bridge' && entry.disposition === 'SUCCESS') own.at(-1)!.answeredMs = now
      else if (entry.type === 'hangUp') {
        // Callers here hang up for one reason only.
        if (entry.by === 'caller') endedBy = 'tired'
        for (const leg of own) leg.endedMs ??= now
      }
    }
    const { did, number, name, keys = {}, mostMs } = script
    const result = await placeCall(targets, {
      ...{ did, caller: number, name, answers, observe, variables },
      ...(audioMs !== undefined && { audioMs }),
      digits: Object.values(keys).map(({ digits }) => digits),
      hangUp: { when: { afterMs: mostMs } },
    })
    violations.push(...result.violations.map((violation) => `${number}: ${violation}`))
    return {
      ...{ invitedMs, firstSignMs, rangMs: firstSignMs, answeredMs, status: statusOf(result) },
      endedMs: Date.now(),
      endedBy,
      ...{ tones: new Map<number, number>(), entries: 0, silenceMs: 0, packets: [] },
    }
  }

  return {
    legs,
    violations,
    call(script, variables = {}) {
      const invitedMs = Date.now()
      return { invitedMs, over: place(script, variables, invitedMs) }
    },
  }
}

const statusOf = ({ answered, sip }: CallResult): number | undefined => (answered ? 200 : sip)

function partyOf({ status, afterMs, talkMs = 100 }: Behaviour): Party {
  if (status === undefined) return { outcome: 'noAnswer' }
  return status === 200 ? { outcome: 'answered', afterMs, talkMs } : { outcome: 'busy', sip: status, afterMs }
}
