/** What the random calls come to: a kind of call that is no longer among them is no longer compared with a real one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TrialReport } from '../../src/trial/index.ts'
import { cases, PLACE, placed } from './arbitraries.ts'
import { createSimulating } from './simulating.ts'

const COUNT = 1000
const LEAST = 1

const expected = [
  ...['talked', 'transferred', 'hungUpByPlan', 'endOfList', 'callerHungUp', 'noPlan', 'stepBudget'],
  ...['answered', 'busy', 'rejected', 'noAnswer', 'unavailable', 'failed', 'interrupted'].map((outcome) => `bridge ${outcome}`),
  ...['ACK', 'NAK', 'ERR', 'timeout', 'short', 'interrupted'].map((outcome) => `webhook ${outcome}`),
  ...['fallback', 'cache', 'stale', 'none'].map((source) => `webhook from ${source}`),
  ...['entered', 'timeout', 'short', 'choice', 'wrong', 'interrupted'].map((outcome) => `ivr ${outcome}`),
  ...['good', 'wrong', 'failed', 'timeout', 'short'].map((attempt) => `attempt ${attempt}`),
  ...['played', 'failed', 'interrupted'].map((outcome) => `play ${outcome}`),
  ...['schedule open', 'schedule closed', 'in open', 'in closed'],
  ...['full', 'timeout', 'noAgents', 'exitKey', 'failed'].map((outcome) => `queue ${outcome}`),
  ...['transfer transferred', 'transfer failed', 'callername set', 'callername kept', 'hangup', 'goto', 'call', 'notify sent'],
  ...['cases/0', 'cases/1', 'default'].map((outcome) => `switch ${outcome}`), ...['caller', 'called', 'suppressed'].map((outcome) => `callerid ${outcome}`),
  ...['in cases/0', 'in default', 'variables', 'secret variables', 'a list returned'],
  ...['busy', 'rejected', 'noAnswer', 'unavailable', 'failed'].map((branch) => `in on/${branch}`),
  ...['in success', 'in failure', 'in choices/1', 'in choices/12', 'in choices/2', 'in night', 'in vip'],
  ...['retried', 'several at once', 'one after the other', 'warned', 'missed', 'withheld', 'with its name'],
  ...['no route', 'premium numbers', 'the webhook returned no destination', 'more than 20 bridges in one call'],
  ...['timeout: no answer', 'connection refused', 'malformed JSON', 'answer too large: more than 64 KiB', 'HTTP 500'],
  ...['a conversation cut', 'hangs up in a conversation', 'a long wait'],
] // prettier-ignore

function* reached(report: TrialReport): Generator<string> {
  yield report.ending
  for (const { step, type, outcome, source, attempts, tries, each, reason, error, warnings, ...more } of report.steps) {
    if (more['variables'] !== undefined) yield 'variables'
    if (more['secretVariables'] !== undefined) yield 'secret variables'
    if (type === 'webhook' && more['destinations'] !== undefined) yield 'a list returned'
    if (type === 'ivr' && /^[\d*#]+$/.test(outcome)) yield 'ivr choice'
    else yield type === 'hangup' || type === 'goto' || type === 'call' ? type : `${type} ${outcome}`
    if (source !== undefined) yield `webhook from ${source as string}`
    for (const attempt of (attempts ?? []) as string[]) yield `attempt ${attempt}`
    for (const [, branch] of step.matchAll(/\/((?:on|choices|cases)\/[^/]+|success|failure|open|closed|default)(?=\/)/g)) yield `in ${branch}`
    yield `in ${step.split('/')[0]}`
    if (Number(tries) > 1) yield 'retried'
    if (each !== undefined && (each as string[]).length > 1) yield 'one after the other'
    if (warnings !== undefined) yield 'warned'
    if (reason !== undefined) yield reason as string
    if (error !== undefined) yield error as string
  }
  for (const { shown } of report.rings) {
    if (shown.length > 1) yield 'several at once'
    for (const { withheld, name } of shown) {
      if (withheld) yield 'withheld'
      if (name !== undefined) yield 'with its name'
    }
  }
  if (report.asks.some(({ kind }) => kind === 'missed')) yield 'missed'
  if (report.asks.some(({ ms }) => ms > 2000)) yield 'a long wait'
  if (report.ending === 'talked' && report.cause === 'ALLOTTED_TIMEOUT') yield 'a conversation cut'
  if (report.ending === 'talked' && report.talkMs! % 1000 !== 0) yield 'hangs up in a conversation'
} // prettier-ignore

test('random calls reach every step, outcome, branch and ending', { timeout: 60_000 }, async () => {
  const simulating = createSimulating(['acme'])
  const counts = new Map<string, number>()
  for (const sampled of fc.sample(cases, { numRuns: COUNT, seed: 1 })) {
    const played = placed(sampled, { ...PLACE, digits: '50200000' })
    const report = await simulating.run(played, simulating.setOf('acme', played))
    expect(report.violations).toEqual([])
    for (const what of new Set(reached(report))) counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  const rare = expected.filter((what) => (counts.get(what) ?? 0) < LEAST)
  expect(rare.map((what) => `${what}: ${counts.get(what) ?? 0}`)).toEqual([])
})
