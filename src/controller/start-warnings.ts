/** What the operator is told once at the start: the controller runs, but not as the configuration means it to. */
import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import { MOST_CONNECTIONS, MOST_READERS } from '../api/index.ts'
import { type Config, type Environment, grantEntries } from '../config/index.ts'
import { grantedEnv } from '../plan/index.ts'
import { secretFault } from '../webhook/index.ts'

/** For the API's clients; and for listeners, journal, log, name servers, and plans that are being read. */
const OTHER_FILES = MOST_CONNECTIONS + MOST_READERS + 256

export async function warnAtStart(
  config: Config,
  env: Environment,
  log: Pick<Logger, 'warn'>,
  limitsFile = '/proc/self/limits',
): Promise<void> {
  const openFiles = openFilesLimit(await readFile(limitsFile, 'utf8').catch(() => ''))
  const others = OTHER_FILES + config.freeswitch.length
  const needed = config.esl.maxCalls + config.webhooks.maxConnections + others
  if (openFiles < needed) {
    log.warn(
      { openFiles, needed },
      `the limit of open files is ${openFiles}, less than esl.maxCalls, webhooks.maxConnections and ${others} more; raise it (ulimit -n, LimitNOFILE), or lower those`,
    )
  }
  for (const name of grantedEnv(grantEntries(config))) {
    // A granted name without the prefix may be a header's value, of any length.
    const fault = env[name]?.startsWith('whsec_') ? secretFault(env[name]) : undefined
    if (fault !== undefined) log.warn({ name }, `${name} ${fault}: webhooks signed with it fail`)
  }
}

/** Of getrlimit(2), as proc(5) shows it. Infinity where there is none, or no such file. */
function openFilesLimit(text: string): number {
  const soft = /^Max open files +(\d+) /m.exec(text)?.[1]
  return soft === undefined ? Infinity : Number(soft)
}
