export { createApp, type App } from './app.ts'
export { warnAtStart } from './start-warnings.ts'
export { notifier } from './systemd.ts'
