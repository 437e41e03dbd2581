/** A program of ours in a process of its own: what it does may take time and memory, or end it, and costs no call. */
import { fork, type ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'

/** Of a program in the background, and of its session. */
const NICE = 10

/**
 * Starts `program` (a module) with a channel for messages.
 *
 * - `behind`: calls come first, the controller's and FreeSWITCH's. With `nice` from the start, since each thread has a
 *   priority of its own and V8 has several before a program could change one
 * - `beside`: as if it were this process
 * - `apart`: as `beside`, but in a session of its own, so that what is keyed in a terminal does not end it
 */
export function startProcess(program: URL, place: 'behind' | 'beside' | 'apart'): ChildProcess {
  const nice = { execPath: 'nice', execArgv: ['-n', String(NICE), process.execPath] }
  const child = fork(program, {
    execArgv: [],
    ...(place === 'behind' && nice),
    detached: place !== 'beside',
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  if (place === 'behind') lowerSession(child)
  return child
}

/**
 * Linux shares the processor out between sessions first, each with a nice value of its own (sched(7), autogroup); at 0,
 * calls were set up a fifth of a second later on two cores while a set was read. The child is in a session of its own.
 */
function lowerSession({ pid }: ChildProcess): void {
  // Other systems have no such file.
  if (pid !== undefined) void writeFile(`/proc/${pid}/autogroup`, String(NICE)).catch(() => undefined)
}
