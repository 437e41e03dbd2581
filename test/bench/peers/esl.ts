/**
 * The same flow with esl, as its README writes servers: one awaited command after another, events cut down to
 * those that are needed, no logger. A program: `node esl.ts PORT WEBHOOK-URL`.
 */
import { FreeSwitchServer } from 'esl'
import { askWebhook, bridgeTo, reportCpu } from './flow.ts'

const [port, url] = process.argv.slice(2) as [string, string]
const silent = () => undefined
const server = new FreeSwitchServer({
  all_events: false,
  my_events: true,
  logger: { debug: silent, info: silent, error: silent },
})

server.on('connection', (call, { body }) => {
  void (async () => {
    const caller = body['Channel-Caller-ID-Number'] ?? ''
    const { callername, destination } = await askWebhook(url, caller)
    await call.event_json('CHANNEL_BRIDGE')
    await call.command('set', `effective_caller_id_name=${callername}`)
    const answered = call.onceAsync('CHANNEL_BRIDGE', 60_000, 'answer')
    await call.execute('bridge', bridgeTo(destination))
    await answered
    await call.exit()
  })().catch((error: unknown) => {
    console.error(error)
    call.end()
  })
})

await server.listen({ port: Number(port), host: '127.0.0.1' })
reportCpu()
