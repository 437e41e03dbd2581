/**
 * Ten customers, four of them with a broken server: black-holed, refusing, answering after 9 s, sending a byte a
 * second. The other six must not notice. Runs with and without the broken ones alternate.
 */
import { steadyPorts } from '../../harness/ports.ts'
import { openTestBed, type TestBed } from '../test-bed.ts'
import type { HookReply } from '../customers.ts'
import { judge, rowsOf, setUpTimes } from '../judge.ts'
import { callees, documentsOf, type Kind } from '../kinds.ts'
import { openBlackHole } from '../silent.ts'
import { offerCalls, type Offered } from '../traffic.ts'
import { atMost, figure, holds, isKept, percentile, type Row, type Verdict } from '../verdict.ts'

const CUSTOMERS = 10
const TIMEOUT_SECONDS = 2
/** What the call needs besides the question. */
const MARGIN_MS = 600
const SLOWER = 1.2
const DESK = '7010'
const WARM_SECONDS = 5
/** Numbers that no call that counts has. */
const WARM_SERIAL = 1_000_000

const faults = ['black hole', 'refuses', 'answers after 9 s', 'a byte a second'] as const
const ack = 'status=ACK'
const hooks: Readonly<Record<string, HookReply>> = {
  good: { body: ack, afterMs: 20 },
  'answers-after-9-s': { body: ack, afterMs: 9000 },
  'a-byte-a-second': { body: ack, trickleMs: 1000 },
}

export interface WebhooksOptions {
  /** Of each of the runs. */
  readonly seconds: number
  readonly perSecond: number
  /** Pairs of runs, without and with the broken servers. */
  readonly rounds: number
  /** How much slower the others' slowest calls may be beside broken servers [1.2]. */
  readonly slower?: number
}

export async function webhooks({
  seconds,
  perSecond,
  rounds,
  slower = SLOWER,
}: WebhooksOptions): Promise<Verdict> {
  const blackHole = await openBlackHole()
  const [refusing] = (await steadyPorts(1)) as [number]
  const urls = (port: number) => [
    `http://127.0.0.1:${blackHole.port}/black-hole`,
    `http://127.0.0.1:${refusing}/refuses`,
    `http://127.0.0.1:${port}/answers-after-9-s`,
    `http://127.0.0.1:${port}/a-byte-a-second`,
  ]
  // All good, then the same customers with four of the servers broken.
  const kinds = [...customers('before', 0), ...customers('with broken ones', faults.length)]
  const documents = (port: number) =>
    documentsOf(kinds, (name) => {
      const fault = faults.findIndex((one) => name.startsWith(one))
      return fault === -1 ? undefined : urls(port)[fault]
    })(port)
  const testBed = await openTestBed({
    hooks,
    callees: { ...callees, [DESK]: { status: 486, afterMs: 30 } },
    documents,
  })
  let verdict: Verdict | undefined
  try {
    // Programs are slow at first; nobody is compared with that.
    await offerCalls(testBed, kinds, {
      perSecond,
      seconds: WARM_SECONDS,
      count: CUSTOMERS,
      serial: WARM_SERIAL,
    }).over
    const offered: Offered[] = []
    for (let round = 0; round < 2 * rounds; round++) {
      const from = (round % 2) * CUSTOMERS
      const traffic = offerCalls(testBed, kinds, {
        perSecond,
        seconds,
        from,
        count: CUSTOMERS,
        serial: offered.length,
      })
      await traffic.over
      offered.push(...traffic.offered)
    }
    const leftAfterMs = await testBed.quiet(30_000)
    const judged = judge(offered, testBed)
    verdict = {
      title: `broken webhook servers: ${perSecond} calls/s, ${rounds} times ${seconds} s without and with them`,
      rows: [
        ...compared(offered, testBed, slower),
        ...faults.map((fault) => deadline(fault, offered, testBed)),
        ...rowsOf(judged, { leftAfterMs, channels: await testBed.channels() }),
      ],
      faults: judged.faults,
    }
    return verdict
  } finally {
    blackHole.close()
    await testBed.close(verdict === undefined || !isKept(verdict))
  }
}

/** Each with a document and a number of its own; the first `broken` have a server that is. */
function customers(when: string, broken: number): Kind[] {
  return Array.from({ length: CUSTOMERS }, (_, i) => {
    const fault = i < broken ? faults[i]! : undefined
    const hook = fault?.replaceAll(' ', '-') ?? 'good'
    const ring = { type: 'bridge', destination: DESK }
    return {
      name: `${fault ?? 'good'}, ${when}`,
      webhooks: { [hook]: { timeoutSeconds: TIMEOUT_SECONDS } },
      plan: { steps: [{ type: 'webhook', webhook: hook, success: [], failure: [] }, ring] },
      way: { status: 486, rings: [DESK], asks: [hook], mayAskNobody: fault !== undefined, endedBy: 'switch' },
    }
  })
}

function compared(offered: readonly Offered[], testBed: TestBed, slower: number): Row[] {
  const of = (name: string) =>
    setUpTimes(
      offered.filter(({ kind }) => kind.name === name),
      testBed,
    )
  // The customers whose servers are good in both.
  const [before, beside] = [of('good, before'), of('good, with broken ones')]
  const [p99Before, p99Beside] = [percentile(before, 0.99), percentile(beside, 0.99)]
  return [
    figure(
      'set-up p50 of the others, before / beside broken ones, ms',
      `${percentile(before, 0.5)} / ${percentile(beside, 0.5)}`,
    ),
    holds(
      'set-up p99 of the others, before / beside broken ones, ms',
      `${p99Before} / ${p99Beside}`,
      `within ${Math.round(100 * (slower - 1))} %`,
      p99Beside <= p99Before * slower,
    ),
  ]
}

function deadline(fault: string, offered: readonly Offered[], testBed: TestBed): Row {
  const times = setUpTimes(
    offered.filter(({ kind }) => kind.name.startsWith(fault)),
    testBed,
  )
  return atMost(`longest set-up: ${fault}`, Math.max(...times), TIMEOUT_SECONDS * 1000 + MARGIN_MS)
}
