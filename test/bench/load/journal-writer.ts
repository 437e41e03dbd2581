/** Appends records to a journal as other controllers that share it do: so many a second, or as many as there are. */
import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ENDINGS } from '../../../src/records/ending.ts'
import type { CallRecord } from '../../../src/records/record.ts'
import type { JournalEvent, JournalOrder } from './orders.ts'

const EVERY_MS = 20
const AT_ONCE = 1000

/** As in `calls-found.ts`, of which a tenth is of one customer. */
function recordOf(n: number, atMs: number): CallRecord {
  const caller = n % 5 === 0 ? '' : `+316${String((n * 2_654_435_761) % 100_000_000).padStart(8, '0')}`
  const digits = (value: number) => String(value).padStart(12, '0')
  return {
    // As scattered as those of FreeSWITCH.
    id: `${((n * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')}-ded3-4ffa-bc0a-${digits(n)}`,
    at: new Date(atMs).toISOString(),
    ...{ did: n % 10 === 0 ? '+31502100000' : `+3150${String(3_000_000 + (n % 4999))}`, caller },
    name: n % 3 === 0 ? 'Jane Doe' : '',
    arrival: { domain: 'pbx.example' },
    ...{
      document: n % 10 === 0 ? 'acme' : `customer-${String(n % 4999)}`,
      plan: n % 4 === 0 ? 'night' : 'main',
    },
    ...{ revision: '5f0c3a9be214', controllers: ['host-a:8084'] },
    steps: [
      {
        ...{ step: 'main/0', type: 'webhook', ms: 41, outcome: 'ACK' },
        ...{ url: `https://crm.acme.example/name?caller=${encodeURIComponent(caller)}`, http: 200 },
        ...{ destination: '215', callername: 'ACME BV' },
      },
      { step: 'main/0/success/1', type: 'bridge', ms: 6120, outcome: 'answered', destinations: ['215'] },
    ],
    ...{ answered: true, ringMs: 6060, talkMs: 48_210 },
    ...{ ending: n % 6 > 0 ? 'talked' : ENDINGS[(n / 6) % ENDINGS.length]!, cause: 'NORMAL_CLEARING' },
  }
}

function linesOf(from: number, to: number): string {
  let lines = ''
  const now = Date.now()
  for (let n = from; n < to; n++) lines += `${JSON.stringify(recordOf(n, now))}\n`
  return lines
}

async function write({ file, from, records, perSecond }: JournalOrder): Promise<number> {
  let bytes = 0
  if (perSecond === undefined) {
    const descriptor = openSync(file, 'a')
    for (let n = from; n < from + records; n += AT_ONCE)
      bytes += writeSync(descriptor, linesOf(n, Math.min(from + records, n + AT_ONCE)))
    closeSync(descriptor)
    return bytes
  }
  const began = performance.now()
  for (let done = 0; done < records;) {
    const due = Math.min(records, Math.floor(((performance.now() - began) * perSecond) / 1000))
    const lines = linesOf(from + done, from + due)
    appendFileSync(file, lines)
    bytes += lines.length
    done = due
    await delay(EVERY_MS)
  }
  return bytes
}

process.once('message', (order: JournalOrder) => {
  void write(order).then((bytes) =>
    process.send?.({ kind: 'written', bytes } satisfies JournalEvent, () => process.disconnect()),
  )
})
