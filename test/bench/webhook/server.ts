/**
 * A customer's server, as fast as can be: requests are counted, not parsed. A program: it says on which port it
 * listens, and with every report how long each caller's request took it.
 */
import { createServer, type AddressInfo } from 'node:net'
import { createDelay } from '../load/delay.ts'
import type { HookEvent, HookOrder } from './orders.ts'

const BODY = 'status=ACK&destination=%2B31502102544&callername=ACME+BV'
const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: application/x-www-form-urlencoded\r\n' +
    `Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
)
/** As the load generator numbers its callers. */
const CALLER = /callerid=%2B3161(\d{7})/
const END = '\r\n\r\n'

const tell = (event: HookEvent) => process.send!(event)
let own = new Float64Array(0)
let began = process.cpuUsage()
let delayMs = 0
let delay = createDelay(0)

const server = createServer({ noDelay: true }, (socket) => {
  let rest = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    const text = rest + chunk.toString('latin1')
    let at = 0
    for (let end = text.indexOf(END); end !== -1; end = text.indexOf(END, at)) {
      const caller = Number(CALLER.exec(text.slice(at, end))?.[1])
      const cameMs = performance.now()
      at = end + END.length
      const answer = () => {
        if (!socket.destroyed) socket.write(ANSWER)
        if (caller < own.length) own[caller] = performance.now() - cameMs
      }
      if (delayMs === 0) answer()
      else delay.add(answer)
    }
    rest = text.slice(at)
  })
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () =>
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port }),
)

process.on('message', (order: HookOrder) => {
  if (order.kind === 'begin') {
    own = new Float64Array(order.callers).fill(NaN)
    delayMs = order.delayMs
    delay = createDelay(delayMs)
    began = process.cpuUsage()
    tell({ kind: 'begun' })
    return
  }
  const { user, system } = process.cpuUsage(began)
  tell({ kind: 'report', report: { ownMs: own, cpuMs: (user + system) / 1000 } })
})
process.on('disconnect', () => process.exit())
