/** `belplan serve` */
import type { Command } from 'commander'
import { pino, type Logger } from 'pino'
import { type Controller, startController, systemdNotifier, warnAtStart } from '../controller/index.ts'
import { loadConfig } from '../config/index.ts'
import { errorFields } from '../util/errors.ts'
import { FAILED, GOOD, type Io, type Signal } from './io.ts'

export function addServe(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('serve')
    .description('runs the controller until SIGTERM or SIGINT; SIGHUP reloads the plans')
    .option('--config <file>', 'configuration; else BELPLAN_CONFIG, else belplan.json, else defaults')
    .option('--json', 'changes nothing: the log is one JSON object a line')
    .action(async (options: { config?: string }) => done(await serve(options.config, io)))
}

async function serve(file: string | undefined, io: Io): Promise<number> {
  const { env, cwd, version } = io
  const config = await loadConfig({ env, cwd, ...(file !== undefined && { file }) })
  const log = pino({ level: config.log }, { write: (line: string) => io.out(line.trimEnd()) })
  const stopping = Promise.withResolvers<Signal>()
  let controller: Controller | undefined
  let stopped = false
  // While the set is read at the start, what changes on disk may not be seen.
  const early: Signal[] = []
  const unlisten = io.signals((signal) => {
    if (signal === 'SIGHUP')
      return void (controller === undefined ? early.push(signal) : reload(controller, log))
    // A second one ends the process at once, and so does the first where there is no call yet.
    if (stopped || controller === undefined) return io.exit(FAILED)
    stopped = true
    stopping.resolve(signal)
  })
  try {
    await warnAtStart(config, env, log)
    controller = await startController(config, { log, version, env })
    const { esl, api, plans } = controller
    const { revision } = plans.current()
    log.info(
      { version, esl, api, revision, plans: plans.state() },
      `listening on ${at(esl)} for FreeSWITCH and on ${at(api)} for the API, revision ${revision}`,
    )
    const notify = systemdNotifier(env)
    notify.ready()
    if (early.length > 0) void reload(controller, log)
    log.info({ signal: await stopping.promise }, 'stopping')
    notify.stopping()
    await controller.stop()
    log.info('stopped')
    return GOOD
  } finally {
    unlisten()
  }
}

const at = ({ host, port }: { host: string; port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`

async function reload(controller: Controller, log: Logger): Promise<void> {
  try {
    await controller.reload({ token: 'signal' })
  } catch (error) {
    log.error(errorFields(error), 'plans not reloaded; those before go on serving')
  }
}
