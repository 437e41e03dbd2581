import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What needs a real FreeSWITCH, and what runs for minutes, have commands of their own.
    exclude: ['test/freeswitch/**', 'test/bench/**', 'test/chaos/**', 'node_modules/**'],
    testTimeout: 15_000,
    pool: 'forks',
  },
})
