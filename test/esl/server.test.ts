import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createEslServer } from '../../src/esl/server.ts'
import { keptLog, Peer, startServer } from './peer.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

const owner = { event: () => undefined, lingering: () => undefined, closed: () => undefined }

async function start(options: Parameters<typeof startServer>[0] = {}) {
  const started = await startServer(options)
  cleanups.push(() => started.server.close())
  return started
}

async function dial(port: number): Promise<Peer> {
  const peer = await Peer.connect(port)
  cleanups.push(() => peer.socket.destroy())
  return peer
}

describe('configuration esl.allow', () => {
  test('drops peers that are not in it at once, unseen by the owner', async () => {
    const { log, lines } = keptLog()
    let seen = 0
    const { server } = await start({ allow: ['10.0.0.0/8'], onConnection: () => seen++, log })
    const peer = await dial(server.port)
    await peer.closed
    expect([seen, server.connections]).toEqual([0, 0])
    expect(lines).toEqual([expect.stringContaining('127.0.0.1')])
  })
})

describe('whoever is not in esl.allow', () => {
  test('cannot fill the log by knocking again and again', async () => {
    const { log, lines } = keptLog()
    const { server } = await start({ allow: ['10.0.0.0/8'], log })
    for (let i = 0; i < 20; i++) await (await dial(server.port)).closed
    expect(lines.length).toBeLessThan(5)
  })
})

describe('listening', () => {
  test('operations a port in use is an error that names it', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    cleanups.push(() => blocker.close())
    await once(blocker, 'listening')
    const { port } = blocker.address() as { port: number }
    const { log } = keptLog()
    await expect(
      createEslServer({ host: '127.0.0.1', port, allow: [], log }).open(() => undefined),
    ).rejects.toThrow(
      expect.objectContaining({
        code: 'listen',
        message: expect.stringMatching(`port ${port} .*in use`) as string,
      }) as Error,
    )
  })

  test('says what is wrong with a host that is not this machine’s', async () => {
    await expect(start({ host: '192.0.2.1' })).rejects.toThrow(
      expect.objectContaining({ code: 'listen' }) as Error,
    )
  })

  test('closed: new connections are refused, those that are there go on', async () => {
    const { server, next } = await start()
    const peer = await dial(server.port)
    const connection = await next()
    server.close()
    expect(server.listening).toBe(false)
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    await expect(Peer.connect(server.port)).rejects.toThrow(/ECONNREFUSED/)
    const opening = connection.open(owner)
    await peer.handOver()
    await opening
    expect(server.connections).toBe(1)
  })

  test('reopened: the same port takes connections again', async () => {
    const { server, next } = await start()
    const before = await dial(server.port)
    await next()
    server.close()
    await server.reopen()
    await server.reopen()
    expect(server.listening).toBe(true)
    await dial(server.port)
    await next()
    expect(server.connections).toBe(2)
    expect(before.socket.destroyed).toBe(false)
  })

  test('counts the connections that are open', async () => {
    const { server, next } = await start()
    const peer = await dial(server.port)
    const connection = await next()
    expect(server.connections).toBe(1)
    connection.destroy()
    await peer.closed
    await expect.poll(() => server.connections).toBe(0)
  })
})

describe('connections whose peer says nothing', () => {
  const timers = '/proc/net/tcp'
  test.runIf(existsSync(timers))(
    'operations are asked whether it is there still: its machine may have vanished',
    async () => {
      const { server, next } = await start()
      const peer = await dial(server.port)
      await next()
      const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0')
      const here = `:${hex(server.port)} 0100007F:${hex((peer.socket.address() as AddressInfo).port)}`
      // Field `tr`: which timer runs (tcp4_seq_show). 02: that of keepalive.
      const timer = () => / \S+:\S+ (\d\d):/.exec(readFileSync(timers, 'utf8').split(here)[1] ?? '')?.[1]
      await expect.poll(timer).toBe('02')
    },
  )
})

describe('connections that hand no call over', () => {
  test('make room past a limit, the oldest first; calls are not counted', async () => {
    const { server, next, lines } = await start({ maxPending: 2 })
    const call = await dial(server.port)
    const held = await next()
    const opening = held.open(owner)
    await call.handOver()
    await opening
    const idle = [await dial(server.port), await dial(server.port)]
    await next()
    await next()
    expect(lines).not.toContainEqual(expect.stringMatching(/^warn/))
    const last = await dial(server.port)
    const newest = await next()
    await idle[0]!.closed
    expect([call, idle[1]!, last].map(({ socket }) => socket.destroyed)).toEqual([false, false, false])
    const lastOpening = newest.open(owner)
    await last.handOver()
    await lastOpening
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(1)
  })
})

describe('connections that stay silent', () => {
  test('are soon not counted as calls to come, or they would keep the calls out', async () => {
    const { server, next } = await start({ silentMs: 0 })
    const peer = await dial(server.port)
    for (let i = 0; i < 3; i++) await dial(server.port)
    const connection = await next()
    for (let i = 0; i < 3; i++) await next()
    await expect.poll(() => server.connections).toBe(0)
    const opening = connection.open(owner)
    await peer.handOver()
    await opening
    expect(server.connections).toBe(1)
  })
})

describe('a port that is closed', () => {
  test('takes the connections that came before, and drops none', async () => {
    let taken = 0
    const { server } = await start({ onConnection: () => taken++ })
    const { promise, resolve } = Promise.withResolvers<undefined>()
    // Both before the event loop looks at its sockets: the kernel has the connections, the server has not.
    setTimeout(() => {
      for (let i = 0; i < 20; i++) {
        const socket = connect(server.port, '127.0.0.1').on('error', () => undefined)
        cleanups.push(() => socket.destroy())
      }
    }, 0)
    setTimeout(() => {
      server.close()
      expect(server.listening).toBe(false)
      resolve(undefined)
    }, 0)
    await promise
    await expect.poll(() => taken, { interval: 5 }).toBe(20)
  })

  test('takes those behind the connection that closes it', async () => {
    let taken = 0
    const { server } = await start({
      onConnection() {
        taken++
        server.close()
      },
    })
    for (let i = 0; i < 20; i++) {
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined)
      cleanups.push(() => socket.destroy())
    }
    await expect.poll(() => taken, { interval: 5 }).toBe(20)
  })

  test('stays open when it is opened again at once', async () => {
    const { server } = await start()
    server.close()
    await server.reopen()
    await dial(server.port)
    expect(server.listening).toBe(true)
  })
})
