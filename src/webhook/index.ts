export { createWebhookClient, type WebhookClient } from './client.ts'
export { secretFault } from './http-request.ts'
export { createMissedCallNotifier } from './missed-call-notifier.ts'
