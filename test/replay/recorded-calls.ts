/** Calls at random, with the records that they leave. */
import fc from 'fast-check'
import { parseConfig } from '../../src/config/parse.ts'
import { grantEntries } from '../../src/config/plan-options.ts'
import { createGrants, loadDraft, planSetOf, type PlanSet } from '../../src/plan/index.ts'
import type { CallRecord } from '../../src/records/index.ts'
import { compileRoute } from '../../src/routing/index.ts'
import { createTrials } from '../../src/trial/index.ts'
import { type Case, cases, placed } from '../trial/arbitraries.ts'
import { configurationFor } from '../trial/simulating.ts'

const file = parseConfig('test', Buffer.from(JSON.stringify(configurationFor(['acme']))), {})
export const config = {
  ...{
    limits: file.limits,
    webhooks: file.webhooks,
    defaultCountry: file.defaultCountry!,
    noPlanCause: file.noPlanCause,
    recordings: file.recordings!,
  },
  routes: file.routes.map(compileRoute),
}
export const grants = createGrants(grantEntries(file), 'NL')

export interface RecordedCall {
  readonly played: Case
  readonly set: PlanSet
  readonly record: CallRecord
}

/** The journal's form of a record: what is undefined is not there. */
export const written = (record: CallRecord): CallRecord => JSON.parse(JSON.stringify(record)) as CallRecord

export async function setOf(document: object): Promise<PlanSet> {
  const loaded = await loadDraft('acme', 'acme.json', Buffer.from(JSON.stringify(document)), {
    defaultCountry: 'NL',
  })
  if (loaded.errors.length > 0) throw new Error(JSON.stringify(loaded.errors))
  return planSetOf(loaded, 'NL')
}

/** Where a replay finds the revision of a record. */
export const plansOf = (set: PlanSet) => ({
  byRevision: (revision: string) => Promise.resolve(revision === set.revision ? set : undefined),
})

export async function recordedCall(drawn: Case): Promise<RecordedCall> {
  const played = placed(drawn, {
    ...{ digits: '50210000', answering: 'http://answering.example' },
    ...{ closing: 'http://closing.example', down: 'http://down.example' },
  })
  const set = await setOf(played.document)
  let record: CallRecord | undefined
  const trials = createTrials({ config, grants, version: '1.2.3', onRecord: (one) => (record = one) })
  await trials.run(played, set)
  return { played, set, record: written(record!) }
}

export async function recordedCalls(count: number, seed: number): Promise<RecordedCall[]> {
  const calls: RecordedCall[] = []
  for (const one of fc.sample(cases, { numRuns: count, seed })) calls.push(await recordedCall(one))
  return calls
}
