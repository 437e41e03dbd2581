/**
 * Tells systemd that the controller is ready and alive (sd_notify). Node.js has no datagram sockets of the
 * unix domain, so a shell beside us passes each line on to `systemd-notify`; it waits in `read` until the
 * event loop writes one, and ends with us. The unit needs `NotifyAccess=all`.
 */
import { spawn } from 'node:child_process'
import type { Environment } from '../config/index.ts'

interface Notifier {
  ready(): void
  stopping(): void
}

const silent: Notifier = { ready: () => undefined, stopping: () => undefined }

/** Does nothing unless systemd asked for it by NOTIFY_SOCKET; signs of life begin with `ready`. */
export function systemdNotifier(env: Environment): Notifier {
  if (!env['NOTIFY_SOCKET']) return silent
  const shell = spawn('/bin/sh', ['-c', 'while read -r state; do systemd-notify "$state"; done'], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...env },
  })
  let usable = true
  const unusable = () => void (usable = false)
  shell.on('error', unusable).on('exit', unusable)
  shell.stdin.on('error', unusable)
  shell.unref()

  const say = (state: string): void => {
    if (usable) shell.stdin.write(`${state}\n`)
  }
  // Twice as often as systemd wants it (sd_watchdog_enabled(3)).
  const everyMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000 / 2
  let timer: NodeJS.Timeout | undefined
  return {
    ready() {
      say('READY=1')
      if (everyMs > 0) timer = setInterval(() => say('WATCHDOG=1'), everyMs)
    },
    stopping() {
      clearInterval(timer)
      say('STOPPING=1')
      shell.stdin.end()
    },
  }
}
