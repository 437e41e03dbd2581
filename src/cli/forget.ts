/** `belplan calls forget NUMBER` */
import { hostname, userInfo } from 'node:os'
import type { Command } from 'commander'
import { pino } from 'pino'
import { openAudit } from '../audit/index.ts'
import { loadConfig } from '../config/index.ts'
import { forgetPerson } from '../controller/index.ts'
import { forgetCopies } from '../events/index.ts'
import { openStoredCalls } from '../history/index.ts'
import { personOf } from '../plan/index.ts'
import { BelplanError } from '../util/errors.ts'
import { FAILED, GOOD, type Io } from './io.ts'

const HELP = `
Takes a number, in every spelling of it, and the names of whoever called with it
out of all records of the journal, their index, records that wait for the end of
their call, and events that wait for their delivery. Times, plan and ending of
each call stay. Controllers may run meanwhile. It cannot be undone.
With "store" it reaches records and copies of events in the database, and has the
controllers of every machine do the same with what is on their disks.
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
  const { data, defaultCountry, store } = await loadConfig({
    env: io.env,
    cwd: io.cwd,
    ...(file !== undefined && { file }),
  })
  const person = personOf(number, defaultCountry)
  const log = pino({ level: 'error' }, { write: (line: string) => io.err(line.trimEnd()) })
  const audit = openAudit({ data, controller: hostname, log })
  const counts: { records: number; waiting: number; events: number; shared?: number } = {
    ...{ records: 0, waiting: 0, events: 0 },
  }
  const user = userInfo().username
  let outcome: 'changed' | 'unchanged' | 'failed' = 'failed'
  const stored = store && (await openStoredCalls(store.reveal()))

  /** In the database. */
  async function forgetThere() {
    if (!store || !stored) return undefined
    const copies = await forgetCopies(store.reveal(), person)
    const records = await stored.forget(person)
    return { ...records, tables: [...records.tables, ...(copies > 0 ? ['belplan.events'] : [])] }
  }

  try {
    // First of all: nothing that is on its way comes in behind what is looked through.
    const fault = await stored?.ask(number, defaultCountry, `${user}@${hostname()}`).catch(reasonOf)
    const here = await forgetPerson(data, person, counts)
    const there = fault === undefined ? await forgetThere().catch(reasonOf) : fault
    if (typeof there === 'object') counts.shared = there.records
    const { records, waiting, events, shared } = counts
    const all = records + waiting + events + (shared ?? 0)
    outcome = here.left.length > 0 || typeof there === 'string' ? 'failed' : all > 0 ? 'changed' : 'unchanged'
    io.out(
      `taken out of ${records} records, ${waiting} that wait for the end of their call, and ${events} events`,
    )
    const recordings = new Set(here.recordings)
    if (typeof there === 'object') {
      io.out(
        `and of ${there.records} in the database; the other machines forget it within seconds of hearing of it`,
      )
      for (const recording of there.recordings) recordings.add(recording)
    }
    if (recordings.size > 0) io.out('recordings of these calls, which are left to you:')
    for (const recording of recordings) io.out(`  ${recording}`)
    if (typeof there === 'object' && there.tables.length > 0) {
      io.out('what was written over is in the files of the database until its owner does this:')
      for (const table of there.tables) io.out(`  VACUUM FULL ${table};`)
    }
    for (const place of here.left)
      io.err(`it may still be in free space of ${place}, since others were reading; run this again`)
    if (typeof there === 'string')
      io.err(`the database, and other machines, have it still: ${there}; run this again`)
  } finally {
    await stored?.close()
    await audit.writeForgetting({ user, ...counts, outcome })
  }
  return outcome === 'failed' ? FAILED : GOOD
}

const reasonOf = (error: unknown): string => (error as Error).message
