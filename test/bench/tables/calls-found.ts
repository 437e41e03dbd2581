/** Calls that have ended, found among a million: how soon, and what calls notice of it. */
import { appendFileSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ENDINGS } from '../../../src/records/ending.ts'
import type { CallRecord } from '../../../src/records/record.ts'
import { decisionsMs, load, type Bench } from '../load.ts'
import { number, type Table } from '../report.ts'
import { quantile } from '../stats.ts'
import { startBelplan, type Controller } from '../subjects.ts'

const DAYS = 30
const DAY_MS = 24 * 3600_000
const FIRST_MS = Date.parse('2026-01-01T00:00Z')
const PER_SECOND = 100
const HOOK_MS = 20
const PAUSE_MS = 100

/** Of 5,000 documents one has a tenth of all calls; the others are alike. */
const documentOf = (n: number) => (n % 10 === 0 ? 'acme' : `customer-${String(n % 4999)}`)
/** A tenth of all calls is of one number, and four fifths begin as mobiles do. */
const numberOf = (n: number) => (n % 10 === 0 ? '+31502100000' : `+3150${String(3_000_000 + (n % 4999))}`)
const callerOf = (n: number) =>
  n % 5 === 0 ? '' : `+316${String((n * 2_654_435_761) % 100_000_000).padStart(8, '0')}`
/** Five calls in six are talked on; one ending is rare. */
const endingOf = (n: number) =>
  n % 6 > 0 ? 'talked' : n % 9996 === 0 ? 'lost' : ENDINGS[(n / 6) % (ENDINGS.length - 1)]!

function recordOf(n: number, all: number): CallRecord {
  const id = `${String(n).padStart(8, '0')}-ded3-4ffa-bc0a-${String((n * 7919) % 1e12).padStart(12, '0')}`
  return {
    id,
    at: new Date(FIRST_MS + Math.floor((n / all) * DAYS * DAY_MS)).toISOString(),
    ...{ did: numberOf(n), caller: callerOf(n), name: n % 3 === 0 ? 'Jane Doe' : '' },
    ...{ document: documentOf(n), plan: n % 4 === 0 ? 'night' : 'main', revision: '5f0c3a9be214' },
    controllers: ['host-a:8084'],
    steps: [
      {
        ...{ step: 'main/0', type: 'webhook', ms: 41, outcome: 'ACK' },
        ...{ url: `https://crm.acme.example/name?caller=${encodeURIComponent(callerOf(n))}`, http: 200 },
      },
      { step: 'main/0/success/1', type: 'bridge', ms: 6120, outcome: 'answered', destinations: ['215'] },
    ],
    ...{ answered: true, ringMs: 6060, talkMs: 48_210, ending: endingOf(n), cause: 'NORMAL_CLEARING' },
  }
}

/** As controllers have written it in `DAYS` days; bytes. */
function writeJournal(folder: string, all: number): number {
  mkdirSync(folder, { recursive: true })
  let bytes = 0
  for (let day = 0; day < DAYS; day++) {
    const name = `${new Date(FIRST_MS + day * DAY_MS).toISOString().slice(0, 10)}.jsonl`
    const file = openSync(join(folder, name), 'a')
    const end = Math.floor(((day + 1) * all) / DAYS)
    let lines = ''
    for (let n = Math.floor((day * all) / DAYS); n < end; n++) {
      lines += `${JSON.stringify(recordOf(n, all))}\n`
      if (lines.length < 1_000_000 && n < end - 1) continue
      bytes += writeSync(file, lines)
      lines = ''
    }
    closeSync(file)
  }
  return bytes
}

/**
 * Of each thing that is asked for what many calls have, and what few have. No call that was made to the number of many has a caller with
 * a number of its own: together they are looked for in vain.
 */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  number: ['%2B31502100000', '%2B31503000017', '%2B3150*'],
  caller: ['%2B316*', '', callerOf(500_001).replace('+', '%2B')],
  plan: ['acme', 'customer-17', 'acme/night'],
  ending: ['talked', 'callerHungUp', 'lost'],
  since: ['2026-01-02'],
  until: ['2026-01-30'],
}

/** All combinations: every one of what is in `ASKED`, and of each nothing. */
function queries(): string[] {
  let all = ['']
  for (const [name, values] of Object.entries(ASKED))
    all = all.flatMap((query) => [query, ...values.map((value) => `${query}&${name}=${value}`)])
  return all
}

interface Page {
  readonly calls: readonly { readonly id: string }[]
  readonly incomplete?: boolean
}

async function ask({ apiUrl }: Controller, query: string): Promise<{ ms: number; page: Page }> {
  const began = performance.now()
  const response = await fetch(`${apiUrl}/calls?state=ended${query}`)
  const page = (await response.json()) as Page
  if (response.status !== 200) throw new Error(`/calls?${query} said ${JSON.stringify(page)}`)
  return { ms: performance.now() - began, page }
}

export async function callsFoundTable(bench: Bench, all: number, seconds: number): Promise<Table> {
  const controller = await startBelplan({ folder: bench.folder, hookPort: bench.hook.port })
  const journal = join(dirname(controller.logFile), 'data', 'journal')
  const order = {
    pace: { perSecond: PER_SECOND },
    warmUp: 2 * PER_SECOND,
    calls: seconds * PER_SECOND,
    hookMs: HOOK_MS,
  }
  const isWhole = async () => (await ask(controller, '&limit=1')).page.incomplete !== true

  /** The calls of a load while `work` is done again and again. */
  async function beside(work: () => Promise<unknown>) {
    let over = false
    let working: Promise<void> | undefined
    const loaded = await load(bench, controller, {
      ...order,
      onMeasuring() {
        working = (async () => {
          while (!over) await work()
        })()
      },
    })
    over = true
    await working
    return decisionsMs(loaded)
  }

  try {
    if (!(await isWhole())) throw new Error('an empty journal is not whole')
    const calmMs = await beside(() => delay(PAUSE_MS))
    const bytes = writeJournal(journal, all)
    const began = performance.now()
    const readingMs = await beside(() => delay(PAUSE_MS))
    while (!(await isWhole())) await delay(PAUSE_MS)
    const readMs = performance.now() - began
    const asked = queries()
    const foundMs: number[] = []
    let slowest = { ms: 0, query: '' }
    for (const query of asked) {
      const { ms } = await ask(controller, query)
      foundMs.push(ms)
      if (ms > slowest.ms) slowest = { ms, query }
    }
    const newest = { ...recordOf(0, all), id: 'newest', at: '2030-01-01T00:00:00.000Z' }
    appendFileSync(join(journal, '2026-02-01.jsonl'), `${JSON.stringify(newest)}\n`)
    const { ms: newestMs, page } = await ask(controller, '')
    if (page.calls[0]?.id !== newest.id) throw new Error('the newest call is not found at once')
    let next = 0
    const searchingMs = await beside(() => ask(controller, asked[(next += 97) % asked.length]!))
    const calmP99 = quantile(calmMs, 0.99)
    const row = (what: string, ms: Iterable<number>) => [
      what,
      ...[0.5, 0.99, 1].map((q) => number(quantile(ms, q))),
    ]
    return {
      title: `${all.toLocaleString('en')} calls that have ended, ${PER_SECOND} calls a second meanwhile`,
      head: ['', 'p50', 'p99', 'most'],
      rows: [
        row('first page of each combination, ms', foundMs),
        row('decision without a search, ms', calmMs),
        row('decision while the journal is read into its index, ms', readingMs),
        row('decision while one searches, ms', searchingMs),
      ],
      figures: [
        { name: 'the slowest first page', value: slowest.ms / 1000, unit: 's', target: { most: 1 } },
        {
          name: 'p99 of a call’s delay by searches',
          value: quantile(searchingMs, 0.99) - calmP99,
          unit: 'ms',
          target: { most: 5 },
        },
        {
          name: 'p99 of a call’s delay by reading the journal',
          value: quantile(readingMs, 0.99) - calmP99,
          unit: 'ms',
          target: { most: 5 },
        },
        { name: 'until the journal was read', value: readMs / 1000, unit: 's' },
      ],
      notes: [
        `${asked.length} combinations of filters; the slowest: ${slowest.query}. The newest call after ${number(newestMs)} ms.`,
        `${number(bytes / 1024 ** 2)} MiB of journal, read into its index in ${number(readMs / 1000)} s beside calls.`,
      ],
    }
  } finally {
    await controller.stop()
  }
}
