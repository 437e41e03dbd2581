import { pino } from 'pino'
import type { Readiness } from '../../src/api/routes/health.ts'
import type { ApiOptions } from '../../src/api/server.ts'
import { createMetrics } from '../../src/api/metrics.ts'
import { apiTokens } from '../../src/config/tokens.ts'
import { createPlanSetBuilder, type DocumentSummary } from '../../src/plan/revisions/plan-set.ts'
import type { LiveCall } from '../../src/call/call.ts'
import type { CallLine } from '../../src/records/call-line.ts'
import { callMatcher, firstCalls } from '../../src/history/call-query.ts'
import { id, record } from '../records/records.ts'

export const document: DocumentSummary = {
  description: 'ACME BV',
  domain: 'acme.example',
  plans: new Map([
    ['main', { numbers: ['+31502100000'] }],
    ['night', { description: 'At night', numbers: [] }],
  ]),
}

export const ready: Readiness = {
  ready: true,
  draining: false,
  plans: { state: 'current', revision: '5f0c3a9be214', since: '2026-11-22T15:00:00.000Z' },
  esl: { listening: true, host: '127.0.0.1', port: 8084, overloaded: false },
  calls: { held: 1, max: 5000 },
  freeswitch: [{ name: 'fs-a', connected: false, since: '2026-11-22T15:00:00.000Z', error: 'ECONNREFUSED' }],
  store: { configured: false },
}

export const live = {
  id: id(1),
  state: 'live',
  at: '2026-11-22T15:38:11.887Z',
  did: '+31502100000',
  caller: '+31612345678',
  name: 'Müller',
  document: 'acme',
  plan: 'main',
  revision: '5f0c3a9be214',
  step: 'main/0',
  steps: [
    {
      step: 'main/0',
      type: 'webhook',
      ms: 41,
      outcome: 'ACK',
      url: 'https://crm.example/',
      http: 200,
    } as const,
  ],
} satisfies LiveCall

/** Calls of the journal: one of acme, one of north/a, and one without a plan. */
export const ended: readonly CallLine[] = [
  { document: 'acme', plan: 'main', ending: 'talked' as const },
  { document: 'north/a', plan: 'main', ending: 'callerHungUp' as const, caller: '+31687654321' },
  { ending: 'noPlan' as const },
].map((more, n) => ({
  ...{ id: id(10 - n), state: 'ended', at: `2026-11-22T15:3${5 - n}:00.000Z`, did: '+31502100000' },
  ...{ caller: '+31612345678', name: 'Müller', ...more },
}))

const event = (document: string) => ({
  ...{ id: `of-${document}`, state: 'givenUp' as const, event: 'ended', callid: id(1), document },
  ...{ webhook: 'crm', since: '2026-11-22T15:38:11.887Z', tries: 3, error: 'connection refused' },
})

const origin = (document: string) => ({
  ...{ document, origin: 'https://crm.example', circuit: 'closed' as const, inFlight: 0, queued: 0 },
  ...{ requests: 0, failures: {}, instead: { fallback: 0, stale: 0, failed: 0 } },
})

const reloaded = {
  ...{ revision: 'b', previous: 'a', changed: true },
  ...{ documents: 1, plans: 2, numbers: 1, warnings: [], heldBack: [] },
}

/** A name that no document has; all others are there. */
export const FREE = 'free'

const onDisk = (name: string) =>
  Promise.resolve(name === FREE ? undefined : { bytes: Buffer.from('{}'), etag: '"a"' })

const tested = {
  ...{ passed: 0, failed: 0, cases: [], more: false },
  coverage: { total: 0, walked: 0, missing: [] },
}

/** An API without a controller behind it. */
export function fakeOptions(more: Partial<ApiOptions> = {}): ApiOptions {
  const set = {
    revision: '5f0c3a9be214',
    since: new Date('2026-11-22T15:00:00.000Z'),
    counts: { documents: 1, plans: 2, numbers: 1 },
    modules: new Set<string>(),
    compiled: () => undefined,
    find: (did: string) => ({ forms: [did] }),
    documents: new Map([['acme', document]]),
    explain: (did: string, domain?: string) => ({ forms: [did], ...(domain && { domain }), near: [] }),
    change: () => createPlanSetBuilder('NL'),
  }
  const sources = {
    held: () => 1,
    ready: () => true,
    revision: () => '5f0c3a9be214',
    listening: () => true,
    stale: () => false,
    rolledBack: () => false,
    heldBack: () => 0,
    origins: () => [],
    journal: () => ({ written: 3, failed: 0 }),
    removed: () => 0,
    audit: () => 0,
    events: () => ({ waiting: 0, delivered: 0, givenUp: 0, lost: 0 }),
    stream: () => ({ readers: 0, dropped: 0 }),
  }
  const metrics = createMetrics('1.2.3')
  metrics.observe(sources)
  return {
    log: pino({ level: 'silent' }),
    version: '1.2.3',
    tokens: [],
    events: {
      list: ({ mayUse = () => true }) =>
        Promise.resolve({
          events: [event('acme'), event('north/a')].filter(({ document }) => mayUse(document)),
          isWhole: true,
        }),
      retry: (eventId, mayUse = () => true) =>
        Promise.resolve(eventId === 'of-north' && mayUse('north/a') ? event('north/a') : undefined),
    },
    trials: { run: () => Promise.reject(new Error('no trials here')) },
    replays: { run: () => Promise.reject(new Error('no replays here')) },
    plans: {
      draft: () => Promise.reject(new Error('no drafts here')),
      toTry: () => Promise.resolve(undefined),
      current: () => set,
      state: () => 'current',
      reload: () => Promise.resolve(reloaded),
      validate: () => Promise.resolve({ errors: [], warnings: [] }),
      dryRun: () =>
        Promise.resolve({
          ...reloaded,
          changes: [{ document: 'acme', kind: 'planAdded', sentence: 'new' }],
          more: false,
        }),
      rollback: (revision) => {
        const { warnings: _, heldBack: __, ...result } = reloaded
        return Promise.resolve(revision === set.revision ? result : undefined)
      },
      kept: () => Promise.resolve([set.revision]),
      history: () =>
        Promise.resolve([
          {
            revision: set.revision,
            calls: 3,
            served: [
              { controller: 'a:8084', since: '2026-11-22T15:00:00.000Z', how: 'reload', by: 'deploy' },
            ],
          },
        ]),
      compare: (from, to) =>
        Promise.resolve(
          from === set.revision ? { changes: [], more: false } : { missing: from === 'a' ? to : from },
        ),
      content: async (revision, documents, onPiece) => {
        if (revision !== set.revision) return false
        await onPiece(JSON.stringify(documents.map((name) => [name, {}])))
        return true
      },
      document: onDisk,
      tests: onDisk,
      runTests: () => Promise.resolve(tested),
      compareDraft: () => Promise.resolve({ changes: [], more: false }),
      replace: ({ name, check }) => {
        check(name === FREE ? undefined : '"a"')
        return Promise.resolve({ ...reloaded, served: true, etag: '"b"' })
      },
    },
    calls: { live: () => [live], find: (wanted) => (wanted === live.id ? live : undefined) },
    records: {
      flush: () => Promise.resolve(),
      find: (wanted) =>
        Promise.resolve(
          [2, 4].map(id).includes(wanted) ? { pending: wanted === id(4), record: record(wanted) } : undefined,
        ),
    },
    // A stream that ends at once.
    live: {
      read(_wanted, _lastId, outlet) {
        setImmediate(() => outlet.end())
        return () => undefined
      },
    },
    history: {
      list: ({ most, after, ...filter }) =>
        Promise.resolve({
          calls: firstCalls(ended.filter(callMatcher(filter)), { ...(after && { after }), most }),
          missing: [],
        }),
    },
    webhooks: (isOf) => ['acme', 'north/a'].filter(isOf).map(origin),
    country: 'NL',
    readiness: () => ready,
    controllers: () => ({ shared: false, controllers: [] }),
    metrics: metrics.text,
    console: new URL('file:///no/console/'),
    ...more,
  }
}

/** One `admin`, of all documents. */
export const tokens = apiTokens({ token: 'hush' })
export const bearer = { authorization: 'Bearer hush' }
