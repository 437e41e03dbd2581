import { defineConfig } from 'vitest/config'

/** Scenarios on a real FreeSWITCH: each file has its own, and plays its calls side by side. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    fileParallelism: false,
    maxConcurrency: 10,
    pool: 'forks',
  },
})
