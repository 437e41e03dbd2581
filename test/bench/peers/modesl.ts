/**
 * The same flow with modesl, as its example server writes it. A program: `node modesl.ts PORT WEBHOOK-URL`.
 */
import modesl from 'modesl'
import { askWebhook, bridgeTo, reportCpu } from './flow.ts'

const [port, url] = process.argv.slice(2) as [string, string]
const server = new modesl.Server({ port: Number(port), host: '127.0.0.1', myevents: true }, reportCpu)

server.on('connection::ready', (conn) => {
  conn.on('error', (error) => console.error(error))
  const caller = conn.getInfo().getHeader('Channel-Caller-ID-Number') ?? ''
  void askWebhook(url, caller).then(({ callername, destination }) => {
    conn.subscribe('CHANNEL_BRIDGE', () => {
      conn.execute('set', `effective_caller_id_name=${callername}`, () => {
        conn.once('esl::event::CHANNEL_BRIDGE::**', () => conn.disconnect())
        conn.execute('bridge', bridgeTo(destination))
      })
    })
  })
})
