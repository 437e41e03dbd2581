/** kill -9 of FreeSWITCH itself, with calls in every stage; both controllers live. It comes back some seconds later. */
import { setTimeout as delay } from 'node:timers/promises'
import { openTestBed } from '../test-bed.ts'
import { allJournalled, readJournal } from '../judge.ts'
import { callees, didOf, documentsOf, hooks, type Kind } from '../kinds.ts'
import { figure, holds, isKept, none, type Verdict } from '../verdict.ts'

/** Calls come so fast, so that they are in the beginning, the middle and the end of a stage. */
const GAP_MS = 100
/** The last call has been handed to a controller by then. */
const TAKEN_MS = 500
const AWAY_MS = 5000
/** Callers who hear nothing any more hang up. */
const MOST_MS = 12_000

const webhooks = { missed: {}, slower: { timeoutSeconds: 5 }, pin: { ivr: { startMessage: 'enter' } } }
const ring = (destination: string) => ({ type: 'bridge', destination, ringSeconds: 30 })
const way = { status: 200, rings: [], endedBy: 'switch' } as const
const inStage = (name: string, ...steps: object[]): Kind => ({
  ...{ name, webhooks, way },
  plan: { missed: 'missed', steps },
})

const kinds: readonly Kind[] = [
  inStage('webhook, before answer', { type: 'webhook', webhook: 'slower' }, ring('7005')),
  inStage(
    'webhook, after answer',
    { type: 'play', audio: 'late' },
    { type: 'webhook', webhook: 'slower' },
    ring('7005'),
  ),
  inStage('prompt', { type: 'play', audio: 'long' }, { type: 'play', audio: 'long' }, ring('7005')),
  inStage('digits', { type: 'webhook', webhook: 'pin' }, ring('7005')),
  inStage('ringing', ring('7005')),
  inStage('talking', ring('7001')),
]

export async function crash({ calls }: { readonly calls: number }): Promise<Verdict> {
  const testBed = await openTestBed({ hooks, callees, documents: documentsOf(kinds) })
  let verdict: Verdict | undefined
  try {
    const offered = []
    for (let i = 0; i < calls; i++) {
      const [index, number] = [i % kinds.length, `+316${10_000_000 + i}`]
      const call = testBed.call({ did: didOf(index), number, name: 'Jane', mostMs: MOST_MS })
      offered.push({ number, kind: kinds[index]!, call })
      await delay(GAP_MS)
    }
    await delay(TAKEN_MS)
    const channels = await testBed.channels()
    await testBed.switch.crash()
    await delay(AWAY_MS)
    await testBed.switch.start()
    const { records, ids } = await allJournalled(testBed.data, calls)
    // A server that is asked again is asked with the same key.
    await delay(TAKEN_MS)
    const journal = Map.groupBy(readJournal(testBed.data), ({ caller }) => caller)
    const told = Map.groupBy(
      testBed.customers.questions.filter(({ hook }) => hook === 'missed'),
      ({ caller }) => caller,
    )
    await Promise.all(offered.map(({ call }) => call.over))
    const judged = offered.map(({ number, kind }) => {
      const [record, ...more] = journal.get(number) ?? []
      const talked = record?.ending === 'talked'
      const keys = new Set(told.get(number)?.map(({ key }) => key)).size
      const ending = record?.ending ?? 'no record'
      const faults = [
        ...(record === undefined || more.length > 0
          ? [`${more.length + Number(record !== undefined)} records`]
          : []),
        ...(keys === (talked ? 0 : 1) ? [] : [`${ending}, and missed was requested ${keys} times`]),
      ]
      return { ending, faults: faults.map((fault) => `${number} ${kind.name}: ${fault}`) }
    })
    const faults = judged.flatMap((one) => one.faults)
    const endings = Map.groupBy(judged, ({ ending }) => ending)
    verdict = {
      title: `FreeSWITCH crashes: ${calls} calls`,
      rows: [
        figure('channels as it crashed', channels),
        figure('endings', Array.from(endings, ([ending, { length }]) => `${length} ${ending}`).join(', ')),
        holds(
          'records in the journal',
          records,
          `one for each of ${calls} calls`,
          records === calls && ids === calls,
        ),
        none('calls without their one record, or their missed webhook', faults.length),
      ],
      faults,
    }
    return verdict
  } finally {
    await testBed.close(verdict === undefined || !isKept(verdict))
  }
}
