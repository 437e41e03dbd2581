import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What needs a real FreeSWITCH has a command of its own.
    exclude: ['test/freeswitch/**', 'node_modules/**'],
    testTimeout: 15_000,
    pool: 'forks',
  },
})
