import { connect } from 'node:net'

/** Asks FreeSWITCH one API command over its inbound event socket; rejects when it cannot be reached or refuses. */
export function api(port: number, password: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8')
    socket.setTimeout(5000, () => socket.destroy(new Error(`no answer to ${command}`)))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`connection closed before the answer to ${command}`)))
    socket.write(`auth ${password}\n\napi ${command}\n\n`)
    socket.on('data', (chunk: string) => {
      received += chunk
      if (received.includes('-ERR invalid')) socket.destroy(new Error('wrong password'))
      const header = /Content-Type: api\/response\nContent-Length: (\d+)\n\n/.exec(received)
      if (header === null) return
      const body = Buffer.from(received.slice(header.index + header[0].length))
      if (body.length < Number(header[1])) return
      resolve(body.toString('utf8'))
      socket.end()
    })
  })
}
