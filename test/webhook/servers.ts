/** Real servers of customers on loopback, gone with the test that started them. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createNetServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A server on a free port of loopback, gone with the test. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

export interface Web {
  readonly url: string
  /** Every request so far, with its body. */
  readonly requests: (IncomingMessage & { readonly text: string })[]
}

/** An HTTP server that keeps its requests. */
export async function web(listener: RequestListener): Promise<Web> {
  const requests: Web['requests'] = []
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests.push(Object.assign(request, { text: Buffer.concat(chunks).toString() }))
      listener(request, response)
    })
  })
  return { url: `http://127.0.0.1:${await listen(server)}`, requests }
}

/** Always answers the same. */
export function says(body: string | Buffer, contentType = 'text/plain', status = 200): RequestListener {
  return (_, response) => response.writeHead(status, { 'content-type': contentType }).end(body)
}

/** A server below HTTP: `onSocket` gets each connection. Its sockets go with the test. */
export async function raw(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createNetServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  const port = await listen(server)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${port}`
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createNetServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Of `crm.example`, signed by itself. */
export function certificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ]
  execFileSync(
    'openssl',
    [
      ...request,
      '-subj',
      '/CN=crm.example',
      '-addext',
      'subjectAltName=DNS:crm.example',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  )
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}
