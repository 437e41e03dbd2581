/** Where recordings lie, as paths in FreeSWITCH's file system. */

import { EVENT_SOCKET_MODULE } from './patterns.ts'

/** In characters; as long as any file system takes a path. */
const LONGEST = 1000
const LONGEST_FOLDER = 200

/** Nothing that FreeSWITCH splits at or expands, no `..`, and nothing hidden: no part begins with a dot. */
const part = '/[A-Za-z0-9_][A-Za-z0-9._-]*'
const FOLDER = new RegExp(`^(?:${part})+$`)
const FILE = new RegExp(`^(?:${part})+\\.wav$`)

/** What is wrong with the folder of all recordings, to stand behind its key; undefined: nothing. */
export function recordingsFault(folder: string): string | undefined {
  if (folder.search(EVENT_SOCKET_MODULE) !== -1) return 'must not hold "mod_event_socket"'
  if (folder.length <= LONGEST_FOLDER && FOLDER.test(folder)) return undefined
  return `must be an absolute path on the machine of FreeSWITCH, such as \`/var/lib/freeswitch/recordings\`: letters, digits, dots, dashes and underscores between single slashes, no part that begins with a dot, at most ${LONGEST_FOLDER} characters`
}

export function isRecordingFile(file: string): boolean {
  return file.length <= LONGEST && FILE.test(file) && file.search(EVENT_SOCKET_MODULE) === -1
}
