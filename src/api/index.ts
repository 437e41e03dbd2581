export { MOST_CONNECTIONS } from './connection-limit.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export type { Readiness } from './routes/health.ts'
export { createApi, listenApi } from './server.ts'
