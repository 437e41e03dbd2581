/** What is seen of the controllers from outside while they work, and what they wrote. */
import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { openFiles, residentKiB } from '../../bench/program.ts'
import type { ControllerProcess } from '../../harness/controller-process.ts'

export interface Watched {
  /** The latest that the event loop was, of all controllers. */
  readonly lagMs: number
  /** The same of this process, whose callers and telephones are what set-up is measured by. */
  readonly ownLagMs: number
  readonly files: number
  readonly residentMiB: number
  /** How often a controller was asked for its metrics and gave none. */
  readonly unanswered: number
  /** Share of the machine that nobody used. */
  readonly idle: number
}

export interface Watch {
  stop(): Promise<Watched>
}

/** Often enough to see what comes and goes, seldom enough not to be what is measured. */
const LOOK_EVERY_MS = 2000
const ANSWER_MS = 5000

export function watch(controllers: readonly ControllerProcess[]): Watch {
  const most = { lagMs: 0, files: 0, residentMiB: 0, unanswered: 0 }
  const cpu = cpuTimes()
  const own = monitorEventLoopDelay({ resolution: 5 })
  own.enable()
  async function look(): Promise<void> {
    for (const controller of controllers) {
      const { pid } = controller
      most.files = Math.max(most.files, openFiles(pid) ?? 0)
      most.residentMiB = Math.max(most.residentMiB, (residentKiB(pid) ?? 0) / 1024)
      const text = await metricsOf(controller)
      if (text === undefined) {
        most.unanswered++
        continue
      }
      // Of the time since it was asked last.
      most.lagMs = Math.max(most.lagMs, 1000 * valueOf(text, 'nodejs_eventloop_lag_max_seconds'))
    }
  }
  let looking = look()
  const timer = setInterval(() => void (looking = looking.then(look)), LOOK_EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await looking
      await look()
      const now = cpuTimes()
      own.disable()
      return { ...most, ownLagMs: own.max / 1e6, idle: (now.idle - cpu.idle) / (now.all - cpu.all) }
    },
  }
}

/** Undefined, where it does not answer. */
async function metricsOf({ apiUrl }: ControllerProcess): Promise<string | undefined> {
  try {
    const response = await fetch(`${apiUrl}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) })
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined
  }
}

/** A metric without labels; NaN where there is none, which keeps no promise. */
export const valueOf = (text: string | undefined, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text ?? '')?.[1] ?? NaN)

/** Of all controllers; NaN where one does not answer. */
export async function sumOf(controllers: readonly ControllerProcess[], name: string): Promise<number> {
  const texts = await Promise.all(controllers.map(metricsOf))
  return texts.reduce((sum, text) => sum + valueOf(text, name), 0)
}

function cpuTimes(): { idle: number; all: number } {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/\s+/).slice(1).map(Number)
  return { idle: fields[3]! + fields[4]!, all: fields.slice(0, 8).reduce((sum, field) => sum + field, 0) }
}

/** How often the controllers said such a thing. */
export function said(controllers: readonly ControllerProcess[], text: string): number {
  return controllers.reduce(
    (sum, { logFile }) => sum + readFileSync(logFile, 'utf8').split(text).length - 1,
    0,
  )
}

/** The callers of a document's records in the journal, one for each record. */
export async function recordedCallers(data: string, document: string): Promise<string[]> {
  const folder = join(data, 'journal')
  const callers: string[] = []
  for (const file of readdirSync(folder)) {
    // Line by line: evil's calls are a hundred questions each.
    for await (const line of createInterface(createReadStream(join(folder, file)))) {
      if (!line.includes(`"document":"${document}"`)) continue
      const record = JSON.parse(line) as { caller: string; document?: string }
      if (record.document === document) callers.push(record.caller)
    }
  }
  return callers
}
