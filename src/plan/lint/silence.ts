import { assertNever } from '../../util/errors.ts'
import { END, type CompiledDocument, type CompiledStep } from '../compile.ts'

/**
 * The steps whose failure can end the call silently.
 *
 * A failure is the `failure` branch of a `webhook` or `ivr` step. It is silent when from there some path leads
 * to the end of the call past nothing that the caller can hear: no `play`, no prompt, no ringing of a bridge,
 * no transfer. What was heard before the failure does not count, since it did not tell of it; an `ivr` step
 * that has both an error and a timeout message tells of it itself. The failure of a further `webhook` on the
 * way is that step's own.
 */
export function silentFailures(compiled: CompiledDocument): CompiledStep[] {
  const known = new Map<number, boolean>()
  return compiled.steps.filter((step) => {
    const { spec } = step
    const tellsItself =
      spec.type === 'ivr' && spec.errorMessage !== undefined && spec.timeoutMessage !== undefined
    if ((spec.type !== 'webhook' && spec.type !== 'ivr') || tellsItself) return false
    return endsSilently(compiled, step.branches.failure ?? step.next, known)
  })
}

/** `known`: what was found before, by place; ways that meet are gone but once. */
function endsSilently(compiled: CompiledDocument, first: number, known: Map<number, boolean>): boolean {
  // Along the way at most one place follows each silent step, so this is a line, perhaps with a loop.
  const seen: number[] = []
  let silent = false
  for (let at: number | undefined = first; at !== undefined; at = pastSilence(compiled, at)) {
    silent = known.get(at) ?? (at === END || compiled.steps[at]!.spec.type === 'hangup')
    if (silent || known.has(at)) break
    // Until the end is seen: whoever comes by here again went in a circle.
    known.set(at, false)
    seen.push(at)
  }
  for (const at of seen) known.set(at, silent)
  return silent
}

/** The step behind one that the caller does not hear; undefined when it is heard. */
function pastSilence({ steps, entries, document }: CompiledDocument, at: number): number | undefined {
  const { spec, next, branches } = steps[at]!
  switch (spec.type) {
    case 'callername':
      return next
    case 'goto':
      return entries[spec.plan]
    case 'webhook':
      return document.webhooks[spec.webhook]!.ivr ? undefined : (branches.success ?? next)
    case 'bridge':
    case 'ivr':
    case 'play':
    case 'transfer':
    case 'hangup':
      return undefined
    default:
      return assertNever(spec)
  }
}
