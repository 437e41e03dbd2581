/** `belplan calls forget NUMBER` */
import { hostname, userInfo } from 'node:os'
import type { Command } from 'commander'
import { pino } from 'pino'
import { openAudit } from '../audit/index.ts'
import { loadConfig } from '../config/index.ts'
import { forgetEvents } from '../events/index.ts'
import { forgetCalls } from '../history/index.ts'
import { personOf } from '../plan/index.ts'
import { forgetPending } from '../records/index.ts'
import { BelplanError } from '../util/errors.ts'
import { FAILED, GOOD, type Io } from './io.ts'

const HELP = `
Takes a number, in every spelling of it, and the names of whoever called with it
out of all records of the journal, their index, records that wait for the end of
their call, and events that wait for their delivery. Times, plan and ending of
each call stay. Controllers may run meanwhile. It cannot be undone.
Run it as the user of the controllers, and once more when a call of that number
was under way. It does not reach the log, copies of the journal, and recordings,
which it names. --config says where the data is, and the country of numbers.

Example:
  belplan calls forget 0612345678 --config /etc/belplan/a.json`

export function addForget(calls: Command, io: Io, done: (code: number) => void): void {
  calls
    .command('forget')
    .description('takes a person out of all that is kept of calls')
    .argument('<number>', 'of the person, as people write it')
    .addHelpText('after', HELP)
    .action(async (number: string, _options: object, command: Command) => {
      // It is an option of `calls` as well, which has it then.
      const { config } = command.optsWithGlobals<{ config?: string }>()
      done(await forget(number, config, io))
    })
}

async function forget(number: string, file: string | undefined, io: Io): Promise<number> {
  if (number.trim() === '') throw new BelplanError('usage', 'say whose number is to be forgotten')
  const { data, defaultCountry } = await loadConfig({
    env: io.env,
    cwd: io.cwd,
    ...(file !== undefined && { file }),
  })
  const person = personOf(number, defaultCountry)
  const log = pino({ level: 'error' }, { write: (line: string) => io.err(line.trimEnd()) })
  const audit = openAudit({ data, controller: hostname, log })
  const counts = { records: 0, waiting: 0, events: 0 }
  let outcome: 'changed' | 'unchanged' | 'failed' = 'failed'
  const left: string[] = []
  try {
    // What waits goes into the journal when its call ends.
    counts.waiting = forgetPending(data, person)
    const { events, unpurged } = await forgetEvents(data, person)
    const { records, recordings, isPurged } = await forgetCalls(data, person)
    Object.assign(counts, { events, records })
    left.push(...unpurged, ...(isPurged ? [] : ['the index of calls']))
    const all = counts.waiting + events + records
    outcome = left.length > 0 ? 'failed' : all > 0 ? 'changed' : 'unchanged'
    io.out(
      `taken out of ${records} records, ${counts.waiting} that wait for the end of their call, and ${events} events`,
    )
    if (recordings.length > 0) io.out('recordings of these calls, which are left to you:')
    for (const recording of recordings) io.out(`  ${recording}`)
    for (const place of left)
      io.err(`it may still be in free space of ${place}, since others were reading; run this again`)
  } finally {
    await audit.writeForgetting({ user: userInfo().username, ...counts, outcome })
  }
  return left.length > 0 ? FAILED : GOOD
}
