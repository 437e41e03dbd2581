import { expect, test } from 'vitest'
import { readinessOf, type ReadinessSources } from '../../src/controller/health.ts'

const set = { revision: '5f0c3a9be214', since: new Date('2026-11-22T15:30:02.118Z') }

function sources(more: Partial<ReadinessSources> = {}): ReadinessSources {
  return {
    config: { esl: { host: '127.0.0.1', port: 8084, allow: [], maxCalls: 2 } },
    plans: { current: () => set as never, state: () => 'current' },
    esl: { listening: true, port: 18084 },
    shedding: { active: false },
    calls: { count: 1, draining: false },
    links: [],
    sharing: undefined,
    ...more,
  }
}

test('api /readyz names each part and its state', () => {
  expect(readinessOf(sources())).toEqual({
    ready: true,
    draining: false,
    plans: { state: 'current', revision: '5f0c3a9be214', since: '2026-11-22T15:30:02.118Z' },
    esl: { listening: true, host: '127.0.0.1', port: 18084, overloaded: false },
    calls: { held: 1, max: 2 },
    freeswitch: [],
    store: { configured: false },
  })
})

test('api /readyz names each FreeSWITCH and the state of its link, which never makes it unready', () => {
  const since = '2026-11-22T15:30:02.140Z'
  const links = [
    { name: 'fs-a', state: () => ({ connected: true, since, version: '1.10.12' }) },
    { name: '127.0.0.1:8022', state: () => ({ connected: false, since, error: 'ECONNREFUSED' }) },
  ]
  expect(readinessOf(sources({ links }))).toMatchObject({
    ready: true,
    freeswitch: [
      { name: 'fs-a', connected: true, since, version: '1.10.12' },
      { name: '127.0.0.1:8022', connected: false, since, error: 'ECONNREFUSED' },
    ],
  })
})

test('api /readyz: the database never makes a controller unready', () => {
  const since = '2026-11-26T09:00:12.402Z'
  const sharing = { store: () => ({ connected: false, since, error: 'ECONNREFUSED' }) }
  expect(readinessOf(sources({ sharing }))).toMatchObject({
    ready: true,
    store: { configured: true, connected: false, since, error: 'ECONNREFUSED' },
  })
})

test.each<[string, Partial<ReadinessSources>, object]>([
  [
    'the port is not open yet',
    { esl: { listening: false, port: 8084 } },
    { esl: { listening: false, port: 8084 } },
  ],
  ['the port is closed', { esl: { listening: false, port: 8084 } }, { esl: { listening: false } }],
  ['it is draining', { calls: { count: 1, draining: true } }, { draining: true }],
  [
    'it holds as many calls as it may',
    { calls: { count: 2, draining: false } },
    { calls: { held: 2, max: 2 } },
  ],
])('api /readyz: not ready when %s', (_, more, shown) => {
  expect(readinessOf(sources(more))).toMatchObject({ ready: false, ...shown })
})

test('api /readyz: stale plans still serve', () => {
  const plans = { current: () => set as never, state: () => 'stale' as const }
  expect(readinessOf(sources({ plans }))).toMatchObject({ ready: true, plans: { state: 'stale' } })
})
