import { afterEach, describe, expect, test } from 'vitest'
import { breakPlayback, flushDigits, kill, setVariables } from '../../src/esl/commands.ts'
import type { Connection, ConnectionEvents } from '../../src/esl/connection.ts'
import type { EslServer, ServerOptions } from '../../src/esl/server.ts'
import { apiReply, connected, event, GOODBYE, LINGERING, reply } from './frames.ts'
import { Peer, startServer } from './peer.ts'

const ID = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const failure = (code: string) => expect.objectContaining({ code }) as Error

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** What a connection told its owner. */
class Owner implements ConnectionEvents {
  readonly told: string[] = []
  readonly ended: Promise<string>
  #end: (reason: string) => void = () => undefined
  #awaited: { count: number; resolve: () => void } | undefined

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve))
  }

  event(name: string, headers: { get(name: string): string | undefined }): void {
    this.#tell(`${name} ${headers.get('Application-UUID') ?? ''}`.trim())
  }

  lingering(): void {
    this.#tell('lingering')
  }

  closed(reason: string): void {
    this.#tell(`closed: ${reason}`)
    this.#end(reason)
  }

  /** Resolves when it was told so many things. */
  async heard(count: number): Promise<string[]> {
    if (this.told.length < count) await new Promise<void>((resolve) => (this.#awaited = { count, resolve }))
    return this.told
  }

  #tell(what: string): void {
    this.told.push(what)
    if (this.#awaited !== undefined && this.told.length >= this.#awaited.count) this.#awaited.resolve()
  }
}

interface Pair {
  server: EslServer
  connection: Connection
  peer: Peer
  owner: Owner
  lines: string[]
}

async function pair(options: Partial<ServerOptions> = {}): Promise<Pair> {
  const { server, next, lines } = await startServer(options)
  const peer = await Peer.connect(server.port)
  const connection = await next()
  cleanups.push(() => {
    server.close()
    connection.destroy()
    peer.socket.destroy()
  })
  return { server, connection, peer, owner: new Owner(), lines }
}

async function opened(options: Partial<ServerOptions> = {}): Promise<Pair> {
  const all = await pair(options)
  const opening = all.connection.open(all.owner)
  await all.peer.handOver()
  await opening
  return all
}

describe('opening', () => {
  test('asks for four kinds of events, to linger, and for the call, in one write; the first reply never comes', async () => {
    const { connection, peer, owner } = await pair()
    const opening = connection.open(owner)
    expect(await peer.take(5)).toEqual([
      'myevents',
      'nixevent ALL',
      'event CHANNEL_PARK CHANNEL_EXECUTE_COMPLETE CHANNEL_BRIDGE CHANNEL_HANGUP_COMPLETE',
      'linger 5',
      'connect',
    ])
    peer.say(reply(), reply(), reply(), connected())
    expect((await opening).headers.get('Unique-ID')).toBe('1')
    expect(connection.opened).toBe(true)
  })

  test('tells of events that come with the call', async () => {
    const { connection, peer, owner } = await pair()
    const opening = connection.open(owner)
    await peer.take(5)
    peer.say(reply(), reply(), reply(), connected(), event('CHANNEL_PARK'))
    await opening
    expect(await owner.heard(1)).toEqual(['CHANNEL_PARK'])
  })

  test.each([
    ['static', 'full', ['exit']],
    ['static', 'single-channel', ['exit']],
    ['async', 'single-channel', ['resume', 'exit']],
  ])(
    'refuses a socket that is %s and %s, says what to write in the dialplan, and lets it go on',
    async (mode, control, goodbye) => {
      const { connection, peer, owner } = await pair()
      const opening = connection.open(owner)
      const refusal = expect(opening).rejects.toThrow(/data="HOST:PORT async full"/)
      await peer.handOver(mode, control)
      await refusal
      expect(await peer.take(goodbye.length)).toEqual(goodbye)
      peer.say(...goodbye.map(() => reply()))
      expect(await owner.ended).toBe('ended')
    },
  )

  test.each([
    ['FreeSWITCH goes away', 'disconnected', (peer: Peer) => peer.socket.end()],
    ['the call comes in place of another reply', 'protocol', (peer: Peer) => peer.say(reply(), connected())],
    [
      'another reply comes in place of the call',
      'protocol',
      (peer: Peer) => peer.say(reply(), reply(), reply(), reply()),
    ],
  ])('fails when %s', async (_, code, misbehave) => {
    const { connection, peer, owner } = await pair()
    const opening = connection.open(owner)
    const refusal = expect(opening).rejects.toThrow(failure(code))
    await peer.take(5)
    misbehave(peer)
    await refusal
    expect(owner.told).toEqual([`closed: ${code}`])
  })

  test('waits no longer than for any reply', async () => {
    const { connection, owner } = await pair({ replyTimeoutMs: 30 })
    await expect(connection.open(owner)).rejects.toThrow(failure('timeout'))
    expect(owner.told).toEqual(['closed: timeout'])
  })

  test('works once', async () => {
    const { connection } = await opened()
    await expect(connection.open(new Owner())).rejects.toThrow(failure('disconnected'))
  })
})

describe('replies', () => {
  test('come back in the order of the commands, each to whom it belongs', async () => {
    const { connection, peer } = await opened()
    const first = connection.send(flushDigits(ID), breakPlayback(ID))
    const second = connection.send(flushDigits(ID))
    expect(await peer.take(3)).toHaveLength(3)
    peer.say(apiReply('true'), apiReply('-ERR No such channel!\n'), apiReply('false'))
    expect((await first).map(({ ok, text }) => [ok, text])).toEqual([
      [true, 'true'],
      [false, '-ERR No such channel!'],
    ])
    expect((await second).map(({ text }) => text)).toEqual(['false'])
  })

  test('may have events between them', async () => {
    const { connection, peer, owner } = await opened()
    const sent = connection.send(flushDigits(ID), flushDigits(ID))
    await peer.take(2)
    peer.say(
      event('CHANNEL_BRIDGE'),
      apiReply('true'),
      event('CHANNEL_EXECUTE_COMPLETE', { 'Application-UUID': '7' }),
      apiReply('false'),
    )
    expect((await sent).map(({ text }) => text)).toEqual(['true', 'false'])
    expect(owner.told).toEqual(['CHANNEL_BRIDGE', 'CHANNEL_EXECUTE_COMPLETE 7'])
  })

  test('that do not come end the connection: nobody could tell whose the next one is', async () => {
    const { connection, peer, owner, lines } = await opened({ replyTimeoutMs: 40 })
    const first = connection.send(flushDigits(ID))
    const second = connection.send(flushDigits(ID))
    const ends = Promise.all([
      expect(first).rejects.toThrow(failure('timeout')),
      expect(second).rejects.toThrow(failure('timeout')),
    ])
    await ends
    expect(owner.told).toEqual(['closed: timeout'])
    await peer.closed
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(1)
  })

  test('that nobody asked for end the connection', async () => {
    const { peer, owner, lines } = await opened()
    peer.say(reply())
    expect(await owner.ended).toBe('protocol')
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringContaining('no command asked for'),
    ])
  })

  test('of posted commands are awaited too', async () => {
    const { connection, peer, owner } = await opened({ replyTimeoutMs: 40 })
    connection.post(flushDigits(ID))
    await peer.take(1)
    expect(await owner.ended).toBe('timeout')
  })

  test('of posted commands that fail are logged', async () => {
    const { connection, peer, lines } = await opened()
    connection.post(kill(ID, 'USER_BUSY'))
    const sent = connection.send(flushDigits(ID))
    peer.say(apiReply('-ERR No such channel!\n'), apiReply('false'))
    await sent
    expect(lines.join('\n')).toContain('debug command failed {"reply":"-ERR No such channel!"}')
  })

  test('are not awaited where nothing was sent', async () => {
    const { connection } = await opened()
    expect(await connection.send()).toEqual([])
  })
})

describe('the end', () => {
  test('follows FreeSWITCH closing in the middle of a frame', async () => {
    const { connection, peer, owner } = await opened()
    const sent = connection.send(flushDigits(ID))
    const refusal = expect(sent).rejects.toThrow(failure('disconnected'))
    await peer.take(1)
    peer.socket.end(event('CHANNEL_BRIDGE').slice(0, -5))
    await refusal
    expect(await owner.ended).toBe('disconnected')
    await expect(connection.send(flushDigits(ID))).rejects.toThrow(failure('disconnected'))
    expect(owner.told).toEqual(['closed: disconnected'])
  })

  test('follows a reset', async () => {
    const { peer, owner } = await opened()
    peer.socket.resetAndDestroy()
    expect(await owner.ended).toBe('disconnected')
  })

  test('after a hang-up waits for its event, then says exit', async () => {
    const { connection, peer, owner } = await opened()
    peer.say(LINGERING, event('CHANNEL_HANGUP_COMPLETE'))
    expect(await owner.heard(2)).toEqual(['lingering', 'CHANNEL_HANGUP_COMPLETE'])
    const ending = connection.end()
    expect(await peer.take(1)).toEqual(['exit'])
    peer.say(reply('+OK bye'), GOODBYE)
    await ending
    await peer.closed
    expect(owner.told.slice(2)).toEqual(['closed: ended'])
  })

  test('comes with FreeSWITCH’s goodbye', async () => {
    const { peer, owner } = await opened()
    peer.say(GOODBYE)
    expect(await owner.ended).toBe('disconnected')
  })

  test('comes in time when exit is not answered', async () => {
    const { connection, owner } = await opened({ replyTimeoutMs: 30 })
    await connection.end()
    expect(owner.told).toEqual(['closed: timeout'])
  })

  test('sends nothing behind exit: it would not be answered', async () => {
    const { connection, peer } = await opened()
    const ending = connection.end()
    await expect(connection.send(flushDigits(ID))).rejects.toThrow(failure('disconnected'))
    expect(await peer.take(1)).toEqual(['exit'])
    peer.say(reply('+OK bye'))
    await ending
    expect(peer.commands).toEqual([])
  })

  test('comes once, whatever is asked for', async () => {
    const { connection, peer, owner } = await opened()
    connection.destroy()
    connection.destroy()
    await connection.end()
    await peer.closed
    expect(owner.told).toEqual(['closed: destroyed'])
  })

  test('takes nothing more', async () => {
    const { connection, peer, owner } = await opened()
    peer.say('Content-Length: x\n\n', event('CHANNEL_BRIDGE'))
    expect(await owner.ended).toBe('protocol')
    connection.post(flushDigits(ID))
    await peer.closed
    expect(owner.told).toEqual(['closed: protocol'])
    expect(peer.commands).toEqual([])
  })

  test('comes when FreeSWITCH sends a frame past the limits, and harms no other call', async () => {
    const { server, next } = await startServer()
    const peers = [await Peer.connect(server.port), await Peer.connect(server.port)]
    const connections = [await next(), await next()]
    const owners = [new Owner(), new Owner()]
    cleanups.push(() =>
      [...peers.map(({ socket }) => socket), ...connections].forEach((each) => each.destroy()),
    )
    cleanups.push(() => server.close())
    await Promise.all(
      connections.map((connection, i) => Promise.all([connection.open(owners[i]!), peers[i]!.handOver()])),
    )
    peers[0]!.say(event('CHANNEL_BRIDGE', { x: 'y'.repeat(1024 * 1024) }))
    expect(await owners[0]!.ended).toBe('protocol')
    peers[1]!.say(event('CHANNEL_BRIDGE'))
    expect(await owners[1]!.heard(1)).toEqual(['CHANNEL_BRIDGE'])
  })

  test('comes when FreeSWITCH does not read what it is told', async () => {
    const { connection, peer, owner } = await opened()
    peer.socket.pause()
    const command = setVariables(ID, { belplan_ckpt: 'x'.repeat(2000) })
    for (let i = 0; i < 10_000 && !connection.isClosed; i++) connection.post(command)
    expect(await owner.ended).toBe('timeout')
  })
})

describe('the log', () => {
  test('has the traffic at trace, without what the caller keyed', async () => {
    const { connection, peer, owner, lines } = await opened()
    const keyed = {
      variable_belplan_digits: '4711',
      variable_belplan_digits_invalid: '4711',
      variable_digits_dialed: '4711',
      'DTMF-Digit': '4711',
    }
    peer.say(event('CHANNEL_EXECUTE_COMPLETE', { ...keyed, variable_read_result: 'success' }))
    await owner.heard(1)
    connection.post(
      setVariables(ID, { belplan_digits: '4711', socket_resume: 'false', belplan_digits_invalid: '4711' }),
    )
    await peer.take(1)
    const all = lines.join('\n')
    expect(all).toContain('variable_read_result: success')
    expect(all).toContain('belplan_digits=•••;socket_resume=false;belplan_digits_invalid=•••')
    expect(all).not.toContain('4711')
  })
})
