/** What is allowed and yet probably not meant. */
import { compile, type CompiledDocument } from '../compile.ts'
import type { PlanDocument } from '../document.ts'
import type { NumberUse } from './document.ts'
import { endlessGotos } from './endless.ts'
import type { Report } from '../../json/index.ts'
import { missedWithCode } from './missed.ts'
import { numberWarnings } from './numbers.ts'
import type { LintOptions } from './options.ts'
import { placesOf, type StepPlace } from './places.ts'
import { reachableFrom } from './reach.ts'
import { unroutedDestinations } from './routed.ts'
import { silentFailures } from './silence.ts'
import { unusedNames } from './unused.ts'
import { longestWaits } from './waits.ts'

const LONGEST_WAIT_SECONDS = 120

const INSTEAD = 'ring for a shorter time, or play something in between'

const SILENT_FAILURE =
  'when this fails, the call can end without the caller hearing anything; play something in "failure" or behind this step'

const UNREACHABLE =
  'this step can never be reached: the one before it always ends the call or goes elsewhere; move it up or take it out'

/** `document` must be valid, with its defaults filled in; `uses` are its entries of `numbers`. */
export function documentWarnings(
  name: string,
  document: PlanDocument,
  uses: readonly NumberUse[],
  options: LintOptions,
  report: Report,
): void {
  const compiled = compile(name, document)
  const places = placesOf(compiled)
  unreachableSteps(compiled, places, report)
  for (const { index } of silentFailures(compiled)) {
    report(places[index]!.path, SILENT_FAILURE)
  }
  longWaits(compiled, places, report)
  endlessGotos(compiled, places, report)
  unroutedDestinations(compiled, places, options, report)
  unusedNames(compiled, report)
  plainHttp(document, report)
  missedWithCode(document, report)
  numberWarnings(document, uses, options, report)
}

/** Of a list the first step that is never reached; what stands behind and below it goes without saying. */
function unreachableSteps(compiled: CompiledDocument, places: readonly StepPlace[], report: Report): void {
  const reached = reachableFrom(compiled, Object.values(compiled.entries))
  const isReached = (index: number | undefined) => index === undefined || reached.has(index)
  for (const { index } of compiled.steps) {
    const { path, before, inside } = places[index]!
    if (reached.has(index) || !isReached(before) || !isReached(inside)) continue
    report(path, UNREACHABLE)
  }
}

/** One warning a plan, where its longest wait begins. */
function longWaits(compiled: CompiledDocument, places: readonly StepPlace[], report: Report): void {
  const waits = longestWaits(compiled)
  const worst = new Map<string, number>()
  for (const { plan, index } of compiled.steps) {
    const most = worst.get(plan)
    if (most === undefined || waits[index]! > waits[most]!) worst.set(plan, index)
  }
  for (const index of worst.values()) {
    const seconds = waits[index]!
    if (seconds <= LONGEST_WAIT_SECONDS) continue
    const howLong = seconds === Infinity ? 'for ever' : `for ${Number(seconds.toFixed(1))} seconds in all`
    report(places[index]!.path, `from here a caller can hear only silence and ringing ${howLong}; ${INSTEAD}`)
  }
}

function plainHttp(document: PlanDocument, report: Report): void {
  for (const [name, webhook] of Object.entries(document.webhooks)) {
    for (const field of ['urlTemplate', 'fallbackUrlTemplate'] as const) {
      if (!/^http:/i.test(webhook[field] ?? '')) continue
      report(
        ['webhooks', name, field],
        'plain http: anybody on the way can read and change what is sent; write https://',
      )
    }
  }
}
