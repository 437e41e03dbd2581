/** The command line: one file per command; exit codes 0 good, 1 the work failed, 2 wrong usage or configuration. */
import { Command, CommanderError } from 'commander'
import pc from 'picocolors'
import { BelplanError } from '../util/errors.ts'
import { addCall } from './call.ts'
import { addCalls } from './calls.ts'
import { addDiff } from './diff.ts'
import { addEvents } from './events.ts'
import { addExplain } from './explain.ts'
import { addFmt } from './fmt.ts'
import { addImport } from './import.ts'
import { FAILED, GOOD, WRONG, type Io } from './io.ts'
import { addMigrate } from './migrate.ts'
import { addNew } from './new.ts'
import { addPlans } from './plans.ts'
import { addReplay } from './replay.ts'
import { addSchema } from './schema.ts'
import { addServe } from './serve.ts'
import { addSimulate } from './simulate.ts'
import { addTest } from './test.ts'
import { addValidate } from './validate.ts'

/** Runs the command that `args` (without node and script) name; resolves with the exit code. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let code = GOOD
  const done = (result: number): void => void (code = result)
  const program = new Command('belplan')
    .description('A call controller for FreeSWITCH.')
    .version(io.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
      getOutHasColors: () => io.colour,
      getErrHasColors: () => io.errColour,
    })
    .showHelpAfterError('(--help says more)')
  addServe(program, io, done)
  addNew(program, io, done)
  addImport(program, io, done)
  addValidate(program, io, done)
  addFmt(program, io, done)
  addExplain(program, io, done)
  addDiff(program, io, done)
  addSimulate(program, io, done)
  addTest(program, io, done)
  addCall(program, io, done)
  addCalls(program, io, done)
  addEvents(program, io, done)
  addReplay(program, io, done)
  addPlans(program, io, done)
  addMigrate(program, io, done)
  addSchema(program, io)
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return failure(error, io)
  }
}

function failure(error: unknown, io: Io): number {
  // Commander has printed the error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? GOOD : WRONG
  if (!(error instanceof BelplanError)) throw error
  const { red } = pc.createColors(io.errColour)
  io.err(`${red('belplan:')} ${error.message}`)
  error.details.forEach((detail) => io.err(detail))
  return error.code === 'config' || error.code === 'usage' ? WRONG : FAILED
}
