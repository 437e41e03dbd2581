export { loadConfig, type Config, type Rates } from './config.ts'
export { grantEntries, lintOptions } from './plan-options.ts'
export { Secret } from './secret.ts'
export type { Environment } from './source.ts'
