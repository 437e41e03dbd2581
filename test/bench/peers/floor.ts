/**
 * What the same writes and reads cost at the least in Node.js: nothing is parsed, checked or written down. No way
 * to steer calls, but what every way has to pay. A program: `node floor.ts PORT WEBHOOK-URL`.
 */
import { createServer } from 'node:net'
import { Agent } from 'undici'
import { bridgeTo, reportCpu } from './flow.ts'

const [port, url] = process.argv.slice(2) as [string, string]
const { origin, pathname, search } = new URL(url)
const agent = new Agent({ pipelining: 1 })
const OPEN = 'myevents\n\nnixevent ALL\n\nevent plain CHANNEL_BRIDGE\n\nlinger 5\n\nconnect\n\n'
const BRIDGE =
  'sendmsg\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: effective_caller_id_name=ACME BV\n\n' +
  `sendmsg\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: ${bridgeTo('+31502102544')}\n\n`

const server = createServer({ noDelay: true }, (socket) => {
  let state: 'opening' | 'ringing' | 'over' = 'opening'
  const ask = () =>
    agent.dispatch(
      { origin, path: `${pathname}${search}%2B31612345678`, method: 'GET' },
      {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: () => undefined,
        onResponseEnd: () => void socket.write(BRIDGE),
        onResponseError: () => void socket.destroy(),
      },
    )
  socket.on('data', (chunk) => {
    if (state === 'opening' && chunk.includes('CHANNEL_DATA')) {
      state = 'ringing'
      ask()
    } else if (state === 'ringing' && chunk.includes('CHANNEL_BRIDGE')) {
      state = 'over'
      socket.write('exit\n\n')
    }
  })
  socket.on('error', () => socket.destroy())
  socket.write(OPEN)
})
server.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 }, reportCpu)
