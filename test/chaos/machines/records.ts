/** What became of the records of calls that were offered. */
import { setTimeout as delay } from 'node:timers/promises'
import type { CallRecord } from '../../../src/records/record.ts'
import type { Offered } from '../traffic.ts'
import { figure, none, type Row } from '../verdict.ts'

export interface RecordsJudged {
  readonly rows: readonly Row[]
  readonly faults: readonly string[]
}

/** A sweep finds within a minute that a conversation is over whose end was not seen. */
const WRITTEN_MS = 75_000

/** As `read` gives them, once each call has one, or none is to be expected any more. */
export async function settledRecords(
  offered: readonly Offered[],
  read: () => Promise<readonly CallRecord[]>,
): Promise<readonly CallRecord[]> {
  const beganMs = performance.now()
  for (;;) {
    const records = await read()
    const callers = new Set(records.map(({ caller }) => caller))
    if (offered.every(({ number }) => callers.has(number))) return records
    if (performance.now() - beganMs > WRITTEN_MS) return records
    await delay(1000)
  }
}

/** Each call is to have exactly one. */
export function judgeRecords(offered: readonly Offered[], records: readonly CallRecord[]): RecordsJudged {
  const ofCaller = Map.groupBy(records, ({ caller }) => caller)
  const missing = offered.filter(({ number }) => !ofCaller.has(number))
  const several = [...ofCaller].filter(([, same]) => same.length > 1)
  const show = ({ id, ending, controllers }: CallRecord) => [id, ending, ...controllers].join(' ')
  return {
    rows: [
      figure('calls that another controller went on with', records.filter(wasTakenUp).length),
      none('calls without a record', missing.length),
      none('calls with more than one', several.length),
    ],
    faults: [
      ...missing.map(({ number, kind }) => `${number} ${kind.name}: no record`),
      ...several.map(([number, same]) => `${number}: ${same.map(show).join('; ')}`),
    ],
  }
}

const wasTakenUp = ({ controllers }: CallRecord) => controllers.length > 1
