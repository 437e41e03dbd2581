/** `/stream` on real connections: how many, for how long, and what becomes of those that do not keep up. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { createApi, listenApi, type ApiOptions } from '../../src/api/server.ts'
import { apiTokens } from '../../src/config/tokens.ts'
import { createLive, type Live } from '../../src/live/live.ts'
import { readStream } from '../harness/read-stream.ts'
import { until } from '../harness/until.ts'
import { id, record } from '../records/records.ts'
import { fakeOptions } from './fake-options.ts'

const servers: FastifyInstance[] = []
const lives: Live[] = []
const sockets: Socket[] = []
afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.destroy())
  lives.splice(0).forEach((live) => live.close())
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function start(options: Partial<ApiOptions> = {}, times = {}) {
  const live = createLive({ held: () => ({ count: 0, live: () => [] }) })
  const server = await createApi(fakeOptions({ ...options, live }), times)
  servers.push(server)
  lives.push(live)
  const port = await listenApi(server, { host: '127.0.0.1', port: 0 })
  return { live, port, url: `http://127.0.0.1:${port}` }
}

/** A reader that reads nothing of its own accord; its answer has begun. */
async function join(port: number, headers = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.write(`GET /stream HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`)
  await once(socket, 'readable')
  return socket
}

describe('api /stream on connections', () => {
  test('a reader that takes nothing is cut off, and the others get everything', async () => {
    const { live, port, url } = await start()
    const slow = await join(port)
    const good = await readStream(`${url}/stream`)
    const closed = once(slow, 'close')
    // More than the system keeps for a socket, a little at a time.
    let told = 0
    await until(
      'the slow one is cut off',
      async () => {
        for (let n = 0; n < 100; n++) live.ended(record(id(++told), { name: 'x'.repeat(2000) }))
        await good.next('as much as was told', ({ data }) => data['id'] === id(told))
        return live.counts().dropped === 1 ? true : undefined
      },
      { withinMs: 60_000, everyMs: 0 },
    )
    slow.resume()
    await closed
    expect(live.counts()).toEqual({ readers: 1, dropped: 1 })
    expect(good.of('ended').map(({ data }) => data['id'])).toEqual(
      Array.from({ length: told }, (_, n) => id(n + 1)),
    )
    good.close()
    await until('nobody reads', () => (live.counts().readers === 0 ? true : undefined))
  }, 90_000)

  test('an idle stream lives on past the time of a request, by comments', async () => {
    const { live, url } = await start({}, { requestMs: 100 })
    const reader = await readStream(`${url}/stream`)
    const comments = () => reader.text().match(/^: heartbeat$/gm)?.length ?? 0
    await until('six times as long as an answer may take', () => (comments() >= 6 ? true : undefined))
    live.ended(record(id(1)))
    await reader.next('an event', ({ event }) => event === 'ended')
    reader.close()
  })

  test('streams are not among the connections of the API', async () => {
    const { live, port, url } = await start()
    for (let n = 0; n < 210; n++) await join(port)
    expect(live.counts().readers).toBe(210)
    const idle = Array.from({ length: 200 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
    sockets.push(...idle)
    await Promise.all(idle.map((socket) => once(socket, 'connect')))
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect(live.counts()).toEqual({ readers: 210, dropped: 0 })
  })

  test('a token for some documents has so many, and takes none from others', async () => {
    const token = (name: string) => `the-token-of-${name}`
    const tokens = apiTokens({
      tokens: {
        operator: { token: token('operator'), right: 'read' },
        acme: { token: token('acme'), right: 'read', documents: ['acme'] },
      },
    })
    const { live, port, url } = await start({ tokens })
    for (let n = 0; n < 100; n++) await join(port, `Authorization: Bearer ${token('acme')}\r\n`)
    const ask = (name: string) =>
      fetch(`${url}/stream`, {
        headers: { authorization: `Bearer ${token(name)}` },
        signal: AbortSignal.timeout(5000),
      })
    const refused = await ask('acme')
    expect([refused.status, await refused.json()]).toEqual([
      429,
      { error: { code: 'tooMany', message: 'as many read the stream as may; try again' } },
    ])
    const operator = await ask('operator')
    expect(operator.status).toBe(200)
    await operator.body!.cancel()
    // A place is free again as soon as a reader is gone.
    sockets.shift()!.destroy()
    await until('one is gone', () => (live.counts().readers < 100 ? true : undefined))
    const again = await ask('acme')
    expect(again.status).toBe(200)
    await again.body!.cancel()
  })

  test('behind another request of its connection none begins: it would hold a place until that ends', async () => {
    const { live, port } = await start()
    const socket = await join(port)
    socket.write('GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20))
    await readStream(`http://127.0.0.1:${port}/stream`).then((reader) => reader.close())
    expect(live.counts().readers).toBeLessThanOrEqual(2)
    socket.destroy()
    await until('nobody reads', () => (live.counts().readers === 0 ? true : undefined))
  })

  test('a controller that stops sends nobody a stream', async () => {
    const { live, url } = await start()
    live.close()
    const response = await fetch(`${url}/stream`)
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: { code: 'notReady', message: 'the controller stops' } },
    ])
  })
})
