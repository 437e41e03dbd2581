/** A call against a controller of the test's own. */
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallResult, CallScript } from '../../src/simulator/script.ts'
import type { TimelineEntry } from '../../src/simulator/timeline.ts'
import { controller, type Conversation } from './controller.ts'

export interface Placed {
  readonly result: CallResult
  readonly timeline: readonly TimelineEntry[]
  /** Connections that controllers got. */
  readonly connections: number
}

/** Places a call in which time takes no time, with one controller for every connection. */
export async function place(
  script: Partial<CallScript>,
  answer: (conversation: Conversation, index: number) => Promise<void> | void,
): Promise<Placed> {
  const listening = await controller(answer)
  const timeline: TimelineEntry[] = []
  try {
    const result = await placeCall(listening, {
      did: '+31502100000',
      tickMs: 0,
      speed: Infinity,
      observe: (entry) => timeline.push(entry),
      ...script,
    })
    return { result, timeline, connections: listening.calls }
  } finally {
    await listening.close()
  }
}

/** What a controller sets on the caller's leg before it does anything long. */
export const SET_UP = 'socket_resume=false;hangup_after_bridge=true;continue_on_fail=true'
