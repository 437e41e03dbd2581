import type { CompiledDocument } from '../compile.ts'
import type { Report } from '../../json/index.ts'
import type { LintOptions } from './options.ts'
import type { StepPlace } from './places.ts'

/** Warns of destinations written in bridges that the operator's routes do not let out. */
export function unroutedDestinations(
  { steps }: CompiledDocument,
  places: readonly StepPlace[],
  { refusal }: LintOptions,
  report: Report,
): void {
  if (refusal === undefined) return
  for (const { spec, index } of steps) {
    if (spec.type !== 'bridge' || spec.destination === undefined) continue
    const path = [...places[index]!.path, 'destination']
    const list = Array.isArray(spec.destination)
    const written: readonly string[] = list ? spec.destination : [spec.destination as string]
    written.forEach((destination, i) => {
      const why = refusal(destination)
      if (why === undefined) return
      const message = `"${destination}" is never rung: ${why}; correct it, or have the operator change the routes`
      report(list ? [...path, i] : path, message)
    })
  }
}
