/** A customer's server that answers when the test says so: until then a call stands at the step that asked. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '../harness/until.ts'

export interface HeldServer {
  readonly url: string
  /** Answers the request that waits longest, as soon as there is one. */
  answer(body: string): Promise<void>
  close(): void
}

export async function openHeldServer(): Promise<HeldServer> {
  const waiting: ServerResponse[] = []
  const server = createServer((_, response) => void waiting.push(response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async answer(body) {
      const response = await until('a request', () => waiting.shift())
      response.end(body)
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
