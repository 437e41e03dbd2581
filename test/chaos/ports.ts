/** Ports that stay free while their program is down: below those that the system gives to outgoing connections. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

const FROM = 23_000
const TO = 32_000

/** Ports of 127.0.0.1 on which neither TCP nor UDP is bound. */
export async function steadyPorts(count: number): Promise<number[]> {
  const found: number[] = []
  // Two runs side by side begin at different places.
  let port = FROM + Math.floor(Math.random() * (TO - FROM - 100))
  for (; found.length < count && port < TO; port++) if (await isFree(port)) found.push(port)
  if (found.length < count) throw new Error(`no ${count} free ports below ${TO}`)
  return found
}

async function isFree(port: number): Promise<boolean> {
  const udp = createSocket('udp4')
  const tcp = createServer()
  try {
    udp.bind(port, '127.0.0.1')
    await once(udp, 'listening')
    tcp.listen(port, '127.0.0.1')
    await once(tcp, 'listening')
    return true
  } catch {
    return false
  } finally {
    await new Promise<void>((closed) => udp.close(closed))
    await new Promise((closed) => tcp.close(closed))
  }
}
