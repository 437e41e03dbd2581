/** A rollback of a large set: when calls find the plan of before, and what others notice of it. */
import { setTimeout as delay } from 'node:timers/promises'
import { placeCall } from '../../../src/simulator/place-call.ts'
import { causeOf, DOCUMENTS, LARGE, largeSet, PROBE_NUMBER } from '../large-set.ts'
import { decisionsMs, load, type Bench } from '../load.ts'
import { number, type Table } from '../report.ts'
import { quantile } from '../stats.ts'
import { startBelplan, type Controller } from '../subjects.ts'

/** More than are kept in memory, so that each in turn is read from disk. */
const GENERATIONS = 6
const PER_SECOND = 100
const HOOK_MS = 20
/** Between two rollbacks, and two probes. */
const PAUSE_MS = 500
const PROBE_MS = 5

/** What the API answered: the revision that serves. */
async function post(apiUrl: string, path: string, body?: object): Promise<string> {
  const response = await fetch(apiUrl + path, {
    method: 'POST',
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(120_000),
  })
  // On a busy machine a reload takes longer than a request may; the next one waits for it.
  if (response.status === 503) return post(apiUrl, path, body)
  const answer = (await response.json()) as { revision?: string; documents?: number }
  if (answer.revision === undefined || answer.documents !== DOCUMENTS)
    throw new Error(`${path} said ${response.status} ${JSON.stringify(answer)}`)
  return answer.revision
}

interface Rolled {
  /** From the request to the begin of the first call that found the old plan. */
  readonly foundMs: number[]
  /** From the request to its answer. */
  readonly answeredMs: number[]
  /** Probes that neither ended as the plan before nor as the one after says. */
  lost: number
  probes: number
}

/** Rolls back to each of `revisions` in turn, until `over`, while calls ask which plan they find. */
async function rollBackAndForth(
  controller: Controller,
  generations: readonly { readonly revision: string; readonly cause: string }[],
  over: () => boolean,
): Promise<Rolled> {
  const rolled: Rolled = { foundMs: [], answeredMs: [], lost: 0, probes: 0 }
  for (let i = 0; !over(); i++) {
    const { revision, cause } = generations[i % generations.length]!
    const before = generations[(i + generations.length - 1) % generations.length]!.cause
    const asked = performance.now()
    const answered = post(controller.apiUrl, '/plans/rollback', { to: revision }).then(() =>
      rolled.answeredMs.push(performance.now() - asked),
    )
    for (let found: string | undefined; found !== cause; await delay(PROBE_MS)) {
      const began = performance.now()
      const { ended, cause: told } = await placeCall(
        { host: '127.0.0.1', port: controller.port },
        { did: PROBE_NUMBER, attempts: 1, speed: Infinity },
      )
      found = ended === 'hangup' ? told : ended
      rolled.probes++
      if (found === cause) rolled.foundMs.push(began - asked)
      else if (found !== before) rolled.lost++
      if (began - asked > 60_000) throw new Error(`calls find ${found ?? 'nothing'}, and not ${cause}`)
    }
    await answered
    await delay(PAUSE_MS)
  }
  return rolled
}

export async function rollbackTable(bench: Bench, seconds: number): Promise<Table> {
  const { folder } = bench
  const hookPort = bench.hook.port
  const documents = largeSet(hookPort, 0)
  const controller = await startBelplan({ folder, hookPort, documents })
  const order = {
    pace: { perSecond: PER_SECOND },
    warmUp: 2 * PER_SECOND,
    calls: seconds * PER_SECOND,
    hookMs: HOOK_MS,
  }
  try {
    const generations: { revision: string; cause: string }[] = []
    for (let generation = 0; generation < GENERATIONS; generation++) {
      controller.write(largeSet(hookPort, generation))
      generations.push({
        revision: await post(controller.apiUrl, '/plans/reload'),
        cause: causeOf(generation),
      })
    }
    const calm = await load(bench, controller, order)

    /** The calls of the load beside rollbacks. */
    const beside = async (among: typeof generations) => {
      let over = false
      let rolling: Promise<Rolled> | undefined
      const loaded = await load(bench, controller, {
        ...order,
        onMeasuring() {
          rolling = rollBackAndForth(controller, among, () => over)
        },
      })
      over = true
      return { loaded, ...(await rolling!) }
    }
    // The two last ones are in memory.
    await post(controller.apiUrl, '/plans/rollback', { to: generations.at(-1)!.revision })
    const memory = await beside(generations.slice(-2))
    await post(controller.apiUrl, '/plans/rollback', { to: generations.at(-1)!.revision })
    const disk = await beside(generations)

    const calmMs = decisionsMs(calm)
    const calmP99 = quantile(calmMs, 0.99)
    const delayOf = ({ loaded }: typeof disk) => quantile(decisionsMs(loaded), 0.99) - calmP99
    const row = (what: string, ms: Iterable<number>) => [
      what,
      ...[0.5, 0.99, 1].map((q) => number(quantile(ms, q))),
    ]
    const within = (name: string, { foundMs }: Rolled) => ({
      name,
      value: quantile(foundMs, 1) / 1000,
      unit: 's',
      target: { most: 1 },
    })
    return {
      title: `Rollback of ${LARGE}, ${PER_SECOND} calls a second meanwhile`,
      head: ['', 'p50', 'p99', 'most'],
      rows: [
        row('calls find the old plan, from memory, ms', memory.foundMs),
        row('the answer, ms', memory.answeredMs),
        row('calls find the old plan, from disk, ms', disk.foundMs),
        row('the answer, ms', disk.answeredMs),
        row('decision without one, ms', calmMs),
        row('decision during rollbacks from memory, ms', decisionsMs(memory.loaded)),
        row('decision during rollbacks from disk, ms', decisionsMs(disk.loaded)),
      ],
      figures: [
        within('until calls find the old plan, from memory', memory),
        within('until calls find the old plan, from disk', disk),
        {
          name: 'p99 of a call’s delay, from memory',
          value: delayOf(memory),
          unit: 'ms',
          target: { most: 20 },
        },
        { name: 'p99 of a call’s delay, from disk', value: delayOf(disk), unit: 'ms', target: { most: 20 } },
        { name: 'calls lost', value: memory.lost + disk.lost, unit: '', target: { most: 0 } },
      ],
      notes: [
        `${memory.answeredMs.length} rollbacks from memory, ${disk.answeredMs.length} from disk, ${memory.probes + disk.probes} calls that asked which plan they find.`,
      ],
    }
  } finally {
    await controller.stop()
  }
}
