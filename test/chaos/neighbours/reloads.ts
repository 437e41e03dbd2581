/** Bank's document changes, and has to serve soon, whatever evil puts beside it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ControllerProcess } from '../../harness/controller-process.ts'
import { offerCall, type Offered, type Places } from '../traffic.ts'
import { bankDocument, NEW_WAY, newWay, newWayPlan } from './bank.ts'
import type { Attempt } from './broken-documents.ts'

export interface Reload {
  readonly ms: number
  /** What evil had put beside it. */
  readonly beside: string | undefined
  /** The call that has to take the new way. */
  readonly call: Offered | undefined
}

export interface ReloadsSpec {
  readonly controllers: readonly ControllerProcess[]
  readonly testBed: Places
  readonly hooksPort: number
  readonly everyMs: number
  readonly untilMs: number
  /** Of the first document; and of the first caller. */
  readonly change: number
  readonly serial: number
  readonly attempts: readonly Attempt[]
}

/** Evil's document changes so long before bank's. */
const AHEAD_MS = 1000
const LOOK_EVERY_MS = 50
const GIVEN_UP_MS = 60_000

/** Changes bank's document again and again; resolves when `untilMs` is over and the last change was seen. */
export async function reloadInTurn(spec: ReloadsSpec): Promise<readonly Reload[]> {
  const { controllers, testBed, hooksPort, everyMs, untilMs, attempts } = spec
  const reloads: Reload[] = []
  const began = performance.now()
  for (let turn = 1; turn * everyMs < untilMs; turn++) {
    await delay(Math.max(0, began + turn * everyMs - AHEAD_MS - performance.now()))
    const attempt = attempts[(turn - 1) % attempts.length]
    if (attempt !== undefined) put(controllers, 'evil', attempt.text)
    await delay(AHEAD_MS)
    const change = spec.change + turn
    const changedMs = performance.now()
    put(controllers, 'bank', JSON.stringify(bankDocument(hooksPort, change)))
    const seen = await serve(controllers, NEW_WAY, newWayPlan(change))
    const ms = performance.now() - changedMs
    const call = seen ? offerCall(testBed, newWay(change), NEW_WAY, spec.serial + turn) : undefined
    await call?.caller.over
    reloads.push({ ms, beside: attempt?.name, call })
  }
  return reloads
}

/** Writes a document and has it read, as a platform does whose customers change what is theirs. */
export function put(controllers: readonly ControllerProcess[], name: string, text: string): void {
  for (const controller of controllers) {
    controller.put(name, text)
    // Its answer is one thing, what serves is another.
    void fetch(`${controller.apiUrl}/plans/reload`, { method: 'POST' }).then(
      (response) => response.body?.cancel(),
      () => undefined,
    )
  }
}

/** Whether the number leads to that plan on all of them, once it does or the patience is over. */
export async function serve(
  controllers: readonly ControllerProcess[],
  did: string,
  plan: string,
): Promise<boolean> {
  const began = performance.now()
  async function one({ apiUrl }: ControllerProcess): Promise<boolean> {
    for (; performance.now() - began < GIVEN_UP_MS; await delay(LOOK_EVERY_MS)) {
      const url = `${apiUrl}/plans/explain?did=${encodeURIComponent(did)}`
      const response = await fetch(url).catch(() => undefined)
      if (response?.status !== 200) continue
      const { match } = (await response.json()) as { match?: { plan: string } }
      if (match?.plan === plan) return true
    }
    return false
  }
  return (await Promise.all(controllers.map(one))).every(Boolean)
}
