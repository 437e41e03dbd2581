import { placeCall, type Target } from '../../src/simulator/place-call.ts'
import type { CallResult, CallScript } from '../../src/simulator/script.ts'
import type { TimelineEntry } from '../../src/simulator/timeline.ts'

/** A call, with what was seen of it. */
export interface Observed {
  readonly result: CallResult
  readonly timeline: readonly TimelineEntry[]
  /** What its controllers sent. */
  readonly commands: readonly string[]
}

export async function observedCall(
  to: Target | readonly Target[],
  { observe, ...script }: CallScript,
): Promise<Observed> {
  const timeline: TimelineEntry[] = []
  const result = await placeCall(to, {
    ...script,
    observe(entry) {
      timeline.push(entry)
      observe?.(entry)
    },
  })
  const commands = timeline.flatMap((entry) => (entry.type === 'command' ? [entry.command] : []))
  return { result, timeline, commands }
}
