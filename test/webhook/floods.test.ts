/** Endless header lines, wherever a response has headers: what they cost the controller. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Flood } from './flood-server.ts'
import { webhookClient, webhookRequest } from './clients.ts'
import { certificate, raw, web } from './servers.ts'

/** In a process of its own, so that this one's CPU time is that of the answers. */
async function flooding(flood: Flood): Promise<number> {
  const child = fork(new URL('flood-server.ts', import.meta.url), {
    env: { ...process.env, FLOOD: JSON.stringify(flood) },
    execArgv: [],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [port] = (await once(child, 'message')) as [number]
  return port
}

/** The median of some answers, in milliseconds of CPU time. */
async function costOf(url: string): Promise<number> {
  const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }])
  const breaker = { failureRate: 1, minimum: 1000, windowSeconds: 30, openSeconds: 10 }
  const { send } = webhookClient({ breaker }, { resolve })
  const costs: number[] = []
  for (let i = 0; i < 15; i++) {
    const before = process.cpuUsage()
    expect(await send(webhookRequest(url))).toMatchObject({
      status: 'ERR',
      error: 'answer too large: header',
    })
    const { user, system } = process.cpuUsage(before)
    costs.push((user + system) / 1000)
  }
  return costs.sort((a, b) => a - b)[7]!
}

/** Eight times what it takes on a machine that does nothing else, TLS handshake included. */
const MOST_MS = 14

describe('endless header lines cost no more than a response does', () => {
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
  const places = [
    ['a header', 'HTTP/1.1 200 OK\r\n'],
    ['an interim answer', 'HTTP/1.1 103 Early Hints\r\n'],
    ['trailers', `${chunked}1\r\nx\r\n0\r\n`],
  ] as const
  const floods = places.flatMap(([place, begin]) =>
    ['X-Evil: 1\r\n', 'a:\r\n'].flatMap((unit) =>
      [65_536, 1400].map((size) => ({ place, line: JSON.stringify(unit), begin, unit, size })),
    ),
  )

  test.each(floods)('$place of $line, $size bytes at a time', async ({ begin, unit, size }) => {
    const port = await flooding({ begin, unit, size })
    expect(await costOf(`http://127.0.0.1:${port}/`)).toBeLessThan(MOST_MS)
  })

  test.each(floods)('over TLS: $place of $line, $size bytes at a time', async ({ begin, unit, size }) => {
    const { key, cert } = certificate()
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, cert])
    onTestFinished(() => setDefaultCACertificates(trusted))
    const port = await flooding({ begin, unit, size, key, cert })
    expect(await costOf(`https://crm.example:${port}/`)).toBeLessThan(MOST_MS)
  })
})

describe('headers of 16 KiB are taken', () => {
  /** So many bytes, line ends included. */
  const header = (bytes: number) => `x-large: ${'x'.repeat(bytes - 11)}\r\n`
  const status = 'HTTP/1.1 200 OK\r\n'
  const length = 'content-length: 10\r\n\r\n'
  const most = 16_384 - status.length - length.length

  test('with the lines around them, and no more', async () => {
    let bytes = most
    const url = await raw((socket) =>
      socket.once('data', () => socket.write(`${status}${header(bytes)}${length}status=ACK`)),
    )
    expect(await webhookClient().send(webhookRequest(url))).toMatchObject({ status: 'ACK', http: 200 })
    bytes++
    expect(await webhookClient().send(webhookRequest(url))).toMatchObject({
      error: 'answer too large: header',
    })
  })

  test('a header that comes byte by byte, after an interim response', async () => {
    const url = await raw((socket) =>
      socket.setNoDelay().once('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
        for (const byte of `${status}${header(8000)}${length}status=ACK`) socket.write(byte)
      }),
    )
    expect(await webhookClient().send(webhookRequest(url))).toMatchObject({ status: 'ACK', http: 200 })
  })

  test('each response on a connection may have as much, and trailers besides', async () => {
    const server = await web((_, response) => {
      response.setHeader('trailer', 'x-trailer').setHeader('x-large', 'x'.repeat(12_000))
      response.addTrailers({ 'x-trailer': 'x'.repeat(12_000) })
      response.write(`status=ACK&x=${'x'.repeat(60_000)}`)
      response.end()
    })
    const { send } = webhookClient()
    for (let i = 0; i < 5; i++)
      expect(await send(webhookRequest(server.url))).toMatchObject({ status: 'ACK' })
    expect(new Set(server.requests.map(({ socket }) => socket.remotePort)).size).toBe(1)
  })
})
