import type { Config } from '../../src/config/config.ts'

const none = { callsPerMinute: 0, calls: 0 }

/** Limits of a configuration, of which each that is not named is none. */
export const limits = (more: Partial<Config['limits']>): Config['limits'] => ({
  ...none,
  perCaller: none,
  bridgesPerCall: 20,
  legsPerSecond: 0,
  maxSeconds: 14_400,
  ...more,
})
