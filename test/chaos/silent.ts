/** Servers that cannot be reached, each in its own way. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { steadyPorts } from '../harness/ports.ts'

export interface Silent {
  readonly port: number
  close(): void
}

/** As many connections as fill its queue: the backlog of 1 and one more. */
const FILLING = 4

/**
 * A port that answers no SYN, as behind a firewall that drops packets: its process is stopped, and its queue of
 * connections is full.
 */
export async function openBlackHole(): Promise<Silent> {
  const [port] = (await steadyPorts(1)) as [number]
  const program = `require('node:net').createServer().listen({ port: ${port}, host: '127.0.0.1', backlog: 1 }, () => console.log('ready'))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  const sockets: Socket[] = []
  for (let i = 0; i < FILLING; i++) sockets.push(connect(port, '127.0.0.1').on('error', () => undefined))
  return {
    port,
    close() {
      for (const socket of sockets) socket.destroy()
      child.kill('SIGKILL')
    },
  }
}
