export { createWebhookClient } from './client.ts'
export { secretFault } from './http-request.ts'
export { createMissedCallNotifier } from './missed-call-notifier.ts'
