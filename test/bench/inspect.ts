/** Garbage collection of a measured process, asked for over V8's inspector: what is left is what is in use. */
import { readFileSync } from 'node:fs'

/** So that the process has an inspector, on a port of its own choice. */
export const INSPECT = '--inspect=127.0.0.1:0'

/** Collects all garbage; `logFile` is where the process has said where its inspector listens. */
export async function collectGarbage(logFile: string): Promise<void> {
  const url = /^Debugger listening on (ws:\S+)$/m.exec(readFileSync(logFile, 'utf8'))?.[1]
  if (url === undefined) throw new Error('the process has no inspector')
  const socket = new WebSocket(url)
  await event(socket, 'open')
  // What the first one finds unreachable may hold what the second one then finds.
  for (const id of [1, 2]) {
    const done = event(socket, 'message')
    socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }))
    await done
  }
  socket.close()
}

function event(socket: WebSocket, name: 'open' | 'message'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener(name, () => resolve(), { once: true })
    socket.addEventListener('error', () => reject(new Error('the inspector did not answer')), { once: true })
  })
}
