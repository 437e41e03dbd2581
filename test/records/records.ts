import type { CallRecord } from '../../src/records/record.ts'

/** A call that was talked on. */
export const record = (id: string, more: Partial<CallRecord> = {}): CallRecord => ({
  id,
  at: '2026-11-22T15:38:11.887Z',
  did: '+31502100000',
  caller: '+31612345678',
  name: 'Müller',
  controllers: ['host-a:8084'],
  steps: [{ step: 'main/0', type: 'bridge', ms: 6120, outcome: 'answered', destinations: ['215'] }],
  answered: true,
  ending: 'talked',
  ...more,
})

/** The n-th id. */
export const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
