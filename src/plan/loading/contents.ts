/**
 * The bytes of a document. Whoever may write to the plan folder may change it while it is read: a link, a pipe or
 * a file of gigabytes may stand where a document was found.
 */
import { constants, open, readlink, type FileHandle } from 'node:fs/promises'
import { isBelow, OUTSIDE, unreadable } from './folder.ts'
import { MOST_BYTES } from '../caps.ts'

/** A link is not followed, and a pipe is not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

const NO_FILE = 'this is no file; take it out'
const TOO_LARGE = `the file is larger than ${MOST_BYTES / 1024 / 1024} MiB; make several documents of it`
const GROWING = 'the file changed while it was read; reload once it is written'

/** The bytes of the file at `path`, links followed, or why they cannot be read; `root` is the plan folder. */
export async function contentsOf(path: string, root: string): Promise<Uint8Array | string> {
  let file: FileHandle | undefined
  try {
    file = await open(path, FLAGS)
    const about = await file.stat()
    if (!about.isFile()) return NO_FILE
    if (about.size > MOST_BYTES) return TOO_LARGE
    // A folder on the way may have become a link since the path was found.
    const place = await placeOf(file)
    if (place !== undefined && !isBelow(place, root)) return OUTSIDE
    return await read(file, about.size)
  } catch (error) {
    // With O_NOFOLLOW this is a link.
    return (error as NodeJS.ErrnoException).code === 'ELOOP' ? OUTSIDE : unreadable(error)
  } finally {
    await file?.close()
  }
}

/** Where an open file really is; undefined where nobody can say: only Linux does. */
async function placeOf(file: FileHandle): Promise<string | undefined> {
  return readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined)
}

/** No more than was there when it was opened. */
async function read(file: FileHandle, size: number): Promise<Uint8Array | string> {
  const bytes = Buffer.allocUnsafeSlow(size + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    length += bytesRead
    if (length > size) return GROWING
    if (bytesRead === 0) return bytes.subarray(0, length)
  }
}
