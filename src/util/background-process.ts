/** A program of ours in a process of its own: what it does may take time and memory, or end it, and costs no call. */
import { ChildProcess, fork } from 'node:child_process'
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
 *
 * Never throws: one that cannot be started, for want of memory, processes or open files, has no pid, and says `error` and then `exit`.
 */
export function startProcess(program: URL, place: 'behind' | 'beside' | 'apart'): ChildProcess {
  const nice = { execPath: 'nice', execArgv: ['-n', String(NICE), process.execPath] }
  const child = started(() =>
    fork(program, {
      execArgv: [],
      ...(place === 'behind' && nice),
      detached: place !== 'beside',
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  )
  if (child.pid === undefined) endUnstarted(child)
  else if (place === 'behind') lowerSession(child.pid)
  return child
}

/** Some reasons why there is no process Node.js throws (ENOMEM), others it says in a moment (EAGAIN, EMFILE). */
function started(start: () => ChildProcess): ChildProcess {
  try {
    return start()
  } catch (error) {
    const none = new ChildProcess()
    process.nextTick(() => none.emit('error', error))
    return none
  }
}

function endUnstarted(child: ChildProcess): void {
  // Where there were no open files it has no channel. A signal would go to whatever number lies in the memory where its pid would be
  // (strace has `kill(788152608, SIGTERM)`), and with 0 to this process and its whole group.
  Object.assign(child, { send: () => false, kill: () => false })
  if (child.connected) child.disconnect()
  // Node.js says no `exit` of what never began.
  child.once('error', () => process.nextTick(() => child.emit('exit', null, null)))
}

/**
 * Linux shares the processor out between sessions first, each with a nice value of its own (sched(7), autogroup); at 0,
 * calls were set up a fifth of a second later on two cores while a set was read. The child is in a session of its own.
 */
function lowerSession(pid: number): void {
  // Other systems have no such file.
  void writeFile(`/proc/${pid}/autogroup`, String(NICE)).catch(() => undefined)
}
