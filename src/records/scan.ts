/** Finds one record in a file of JSON lines without reading it into memory. */
import { open } from 'node:fs/promises'
import type { CallRecord } from './record.ts'

const chunkBytes = 256 * 1024
const newline = 0x0a

/** Every line begins with the id, so that a search by bytes finds it. */
const lineStart = (id: string): string => `{"id":${JSON.stringify(id)},`

/** The record of call `id` in `data`, or what of `data` must be looked at again with what follows it. */
function search(data: Buffer, id: string): CallRecord | Buffer {
  const start = Buffer.from(lineStart(id))
  let end = 0
  for (;;) {
    const found = data.indexOf(start, end)
    // The beginning of a line may be cut by the end of the data.
    if (found < 0) return Buffer.from(data.subarray(Math.max(end, data.length - start.length + 1)))
    end = data.indexOf(newline, found)
    if (end < 0) return Buffer.from(data.subarray(found))
    const record = parse(data.toString('utf8', found, end))
    // A full disk cuts a line short: the record may stand once more behind it.
    if (record !== undefined) return record
  }
}

/**
 * The record of call `id` at or behind byte `from` of `file`; undefined where there is none, or no file.
 * Throws the signal's reason when it aborts.
 */
export async function scan(
  file: string,
  id: string,
  from: number,
  signal?: AbortSignal,
): Promise<CallRecord | undefined> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes)
    let position = from
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await handle.read(chunk, 0, chunkBytes, position)
      if (bytesRead === 0) return undefined
      position += bytesRead
      const data = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      const found = search(data, id)
      if (!Buffer.isBuffer(found)) return found
      rest = found
    }
  } finally {
    await handle.close()
  }
}

function parse(line: string): CallRecord | undefined {
  try {
    return JSON.parse(line) as CallRecord
  } catch {
    return undefined
  }
}
