import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Run, Running } from '../../harness/processes.ts'
import { until } from '../../harness/until.ts'

const scenarios = resolve(import.meta.dirname, '../sipp')

export interface SippOptions {
  /** A file of test/freeswitch/sipp/, without .xml. */
  readonly scenario: string
  /** The other side, as host:port. */
  readonly to: string
  readonly port: number
  readonly mediaPort: number
  /** Calls after which it ends. */
  readonly calls: number
  /** `[key]` in the scenario. */
  readonly keys?: Readonly<Record<string, string>>
  /** Text of the scenario to be replaced where SIPp takes no key. */
  readonly replace?: Readonly<Record<string, string>>
  readonly more?: readonly string[]
  /** For its own files. */
  readonly folder: string
  readonly run: Run
}

/** Starts SIPp. Its exit code is 0 when every call went the way of the scenario. */
export function startSipp(options: SippOptions): Running {
  const folder = join(options.folder, `${options.scenario}-${options.port}`)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'scenario.xml')
  let scenario = readFileSync(join(scenarios, `${options.scenario}.xml`), 'utf8')
  for (const [from, to] of Object.entries(options.replace ?? {})) scenario = scenario.replace(from, to)
  writeFileSync(file, scenario)
  const keys = Object.entries(options.keys ?? {}).flatMap(([key, value]) => ['-key', key, value])
  return options.run(
    'sipp',
    [
      ...[options.to, '-sf', file, '-i', '127.0.0.1', '-p', String(options.port)],
      ...['-mp', String(options.mediaPort), '-m', String(options.calls), '-nostdin', '-aa', '-trace_err'],
      ...keys,
      ...(options.more ?? []),
    ],
    // SIPp draws on its terminal and gives up where it knows nothing of it.
    {
      cwd: folder,
      logFile: join(folder, 'sipp.out'),
      env: { ...process.env, TERM: process.env.TERM ?? 'dumb' },
    },
  )
}

/** Resolves when a process listens on that UDP port of 127.0.0.1. */
export async function listening(port: number): Promise<void> {
  const entry = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  await until(`UDP port ${port} is open`, () =>
    readFileSync('/proc/net/udp', 'utf8').includes(entry) ? true : undefined,
  )
}
