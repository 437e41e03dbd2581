/**
 * What was served, since when, by whom, and how many calls: one file for each run of a controller in `servings`, which it
 * alone writes. A controller that is killed loses the calls of its last minute.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { createTurns } from '../util/in-turn.ts'
import { type FolderEntry, newestFiles } from '../util/newest-files.ts'
import { replaceFile } from '../util/replace-file.ts'
import type { Change } from './audit.ts'

/** A time in which a controller served a revision. */
export interface Serving {
  readonly controller: string
  readonly since: string
  /** Absent: it serves, or nobody knows, since the controller was killed. */
  readonly until?: string
  readonly how: Change['what']
  /** As `token` of the audit. */
  readonly by?: string
}

export interface ServedRevision {
  readonly revision: string
  /** That ended; of all controllers that share the data. */
  readonly calls: number
  /** The last one first. */
  readonly served: readonly Serving[]
}

export interface Servings {
  /** Another revision serves from now on. */
  began(revision: string, how: Change['what'], by?: string): void
  /** A call has ended that began with this revision. */
  called(revision: string): void
  /** Of the last 30 days, the one served last first. */
  history(): Promise<readonly ServedRevision[]>
  /** Writes what is not written yet. */
  close(): Promise<void>
}

export interface ServingsOptions {
  /** The folder of all data. */
  readonly data: string
  readonly controller: () => string
  readonly log: Pick<Logger, 'error'>
  readonly now?: () => Date
}

interface RunFile {
  readonly servings: readonly (Serving & { readonly revision: string })[]
  readonly calls: Readonly<Record<string, number>>
}

const OWNER_ONLY = 0o600
const FOLDER_OWNER_ONLY = 0o700
const SAVED_EVERY_MS = 60_000
const KEPT_MS = 30 * 24 * 3600 * 1000
/** Those of a run, and revisions that its calls had: one that is told to reload all the time does not fill the memory. */
const MOST_SERVINGS = 1000
/** The newest; a controller that starts over and over has one for each start. */
const MOST_FILES = 1000
/** Of these in all, in characters: they are kept read. */
const MOST_CHARACTERS = 4 * 1024 * 1024

export function openServings({ data, controller, log, now = () => new Date() }: ServingsOptions): Servings {
  const folder = join(data, 'servings')
  const own = `${randomUUID()}.json`
  const servings: (Serving & { readonly revision: string })[] = []
  const calls = new Map<string, number>()
  const inTurn = createTurns()
  /** Files of other runs, by path, size and time: those of runs that are over do not change any more. */
  const known = new LRUCache<string, RunFile>({ max: MOST_FILES })
  let changed = false

  function end(at: string): void {
    const last = servings.at(-1)
    if (last !== undefined && last.until === undefined) servings[servings.length - 1] = { ...last, until: at }
  }

  const thisRun = (): RunFile => ({ servings, calls: Object.fromEntries(calls) })

  async function write(): Promise<void> {
    if (!changed) return
    changed = false
    try {
      await mkdir(folder, { recursive: true, mode: FOLDER_OWNER_ONLY })
      await replaceFile(join(folder, own), JSON.stringify(thisRun()), OWNER_ONLY)
    } catch (error) {
      changed = true
      log.error({ err: error, folder }, 'what was served could not be written')
    }
  }

  const save = () => inTurn(write)

  /** Of other runs, the newest first; what is old goes. */
  async function others(): Promise<RunFile[]> {
    const files: FolderEntry[] = []
    for (const file of await newestFiles(folder).catch(() => [])) {
      if (file.name === own) continue
      if (now().getTime() - file.ms > KEPT_MS) await rm(file.path, { force: true })
      else if (file.name.endsWith('.json')) files.push(file)
    }
    const runs: RunFile[] = []
    let characters = 0
    for (const { path, ms, size } of files.slice(0, MOST_FILES)) {
      if ((characters += size) > MOST_CHARACTERS) break
      runs.push(await runIn(path, `${path} ${size} ${ms}`))
    }
    return runs
  }

  async function runIn(path: string, key: string): Promise<RunFile> {
    const run = known.get(key) ?? parsed(await readFile(path, 'utf8').catch(() => ''))
    known.set(key, run)
    return run
  }

  const timer = setInterval(() => void save(), SAVED_EVERY_MS).unref()

  return {
    began(revision, how, by) {
      const since = now().toISOString()
      end(since)
      servings.push({ revision, controller: controller(), since, how, ...(by !== undefined && { by }) })
      if (servings.length > MOST_SERVINGS) servings.shift()
      changed = true
      void save()
    },
    called(revision) {
      const count = calls.get(revision) ?? 0
      // The one whose last call is the longest ago comes first.
      calls.delete(revision)
      calls.set(revision, count + 1)
      if (calls.size > MOST_SERVINGS) calls.delete(calls.keys().next().value!)
      changed = true
    },
    history: async () => merged([thisRun(), ...(await others())]),
    close() {
      clearInterval(timer)
      end(now().toISOString())
      changed = true
      return save()
    },
  }
}

const NOTHING: RunFile = { servings: [], calls: {} }

/** Nothing where another program wrote it. */
function parsed(text: string): RunFile {
  try {
    const { servings, calls } = JSON.parse(text) as { servings: unknown; calls: RunFile['calls'] | null }
    return Array.isArray(servings) && typeof calls === 'object' ? { servings, calls: calls ?? {} } : NOTHING
  } catch {
    return NOTHING
  }
}

function merged(runs: readonly RunFile[]): ServedRevision[] {
  const all = runs
    .flatMap(({ servings }) => servings)
    .sort((a, b) => (a.since === b.since ? 0 : a.since < b.since ? 1 : -1))
  const calls = new Map<string, number>()
  for (const run of runs)
    for (const [revision, count] of Object.entries(run.calls))
      calls.set(revision, (calls.get(revision) ?? 0) + count)
  return [...Map.groupBy(all, ({ revision }) => revision)].map(([revision, served]) => ({
    revision,
    calls: calls.get(revision) ?? 0,
    served: served.map(({ revision: _, ...serving }) => serving),
  }))
}
