import { rmSync } from 'node:fs'

/** A folder that controllers had: the processes beside them end a moment after them, and write until then. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}
