import { createServer } from 'node:net'
import { Agent } from 'undici'
import { reportCpu } from './flow.ts'
const [port, url] = process.argv.slice(2) as [string, string]
const u = new URL(url)
const agent = new Agent({ pipelining: 1 })
createServer({ noDelay: true }, (s) => {
  let got = false, bridged = false
  s.on('data', (c: Buffer) => {
    if (!got) {
      if (c.indexOf('CHANNEL_DATA') === -1) return
      got = true
      agent.dispatch({ origin: u.origin, path: u.pathname + u.search + '%2B31612345678', method: 'GET' }, { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseError() {}, onResponseEnd() {
        s.write('api uuid_setvar_multi xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx a=b\n\nsendmsg\ncall-command: execute\nexecute-app-name: bridge\nEvent-UUID: 1\nexecute-app-arg: sofia/gateway/carrier/123\n\n')
      } })
    } else if (!bridged && c.indexOf('CHANNEL_BRIDGE') !== -1) { bridged = true; s.write('exit\n\n') }
  })
  s.on('end', () => s.destroy()); s.on('error', () => s.destroy())
  s.write('myevents\n\nnixevent ALL\n\nevent plain CHANNEL_BRIDGE\n\nlinger 5\n\nconnect\n\n')
}).listen({ port: Number(port), host: '127.0.0.1', backlog: 4000 }, reportCpu)
