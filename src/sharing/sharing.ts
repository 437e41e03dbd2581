/**
 * What controllers tell each other by a database: who runs, what each has counted, and who writes the record of a call that was
 * lost. A process of its own asks the database; no call waits for it.
 */
import { randomUUID } from 'node:crypto'
import { extname } from 'node:path'
import type { Logger } from 'pino'
import { supervise } from '../util/supervised-process.ts'
import type { Tally } from '../util/tally.ts'
import type { ClaimedCalls, OtherMachines } from '../records/index.ts'
import { readDataId } from './data-id.ts'
import { createMachines } from './machines.ts'
import type { Claimed, Counts, Own, OwnFromSharing, SeenController, ToSharing } from './messages.ts'

/** Whether the database answers. */
export interface StoreAnswer {
  readonly connected: boolean
  /** Connected or not connected since; ISO 8601. */
  readonly since: string
  /** Why it is not connected. */
  readonly error?: string
}

export interface Sharing extends OtherMachines {
  /** `name` is this controller, to all others; from here on it is in their lists. */
  register(name: string): void
  store(): StoreAnswer
  /** Seconds since the database answered; since the start, where it never has. */
  silentSeconds(): number
  /** All controllers that were seen in the last day, this one among them, by name, as the database had them last. */
  controllers(): readonly SeenController[]
  /** Waits `withinMs` for the process to end. */
  close(withinMs: number): Promise<void>
}

/** What is counted here, and by the others. */
interface Counting {
  /** As far as it matters where so many count together. */
  own(controllers: number): Counts
  /** Undefined: it is not known. */
  setOthers(counts: Counts | undefined): void
  begin(turns: Tally): void
}

export interface SharingOptions {
  /** Of the database. */
  readonly url: string
  /** The folder of all data. */
  readonly data: string
  /** Of belplan. */
  readonly version: string
  readonly own: () => Own
  readonly counting: () => Counting
  /** The database answers, for the first time or again. */
  readonly onAnswering?: () => void
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** TypeScript beside the sources, JavaScript beside the build. */
const PROGRAM = new URL(`./sharing-process${extname(import.meta.url)}`, import.meta.url)

/** What is counted is looked at so often. */
const COUNT_MS = 250
const OWN_MS = 1000
/** For a claim. */
const ANSWER_MS = 5000

/** Throws BelplanError('config') where the folder of data cannot be written to. */
export async function openSharing(options: SharingOptions): Promise<Sharing> {
  const { url, version, own, counting, onAnswering, log } = options
  const data = await readDataId(options.data)
  const run = randomUUID()
  let name = ''
  const machines = createMachines({
    get name() {
      return name
    },
  })
  let store: StoreAnswer = { connected: false, since: new Date().toISOString(), error: 'not connected yet' }
  let answeredMs = performance.now()
  let told = ''
  let hasBegun = false

  function answered(): void {
    answeredMs = performance.now()
    if (store.connected) return
    store = { connected: true, since: new Date().toISOString() }
    onAnswering?.()
  }

  function away(error: string): void {
    const { connected, since } = store
    store = { connected: false, since: connected ? new Date().toISOString() : since, error }
    counting().setOthers(undefined)
    told = ''
  }

  function take(message: OwnFromSharing): void {
    switch (message.say) {
      case 'controllers':
        answered()
        return machines.set(message.controllers)
      case 'others':
        return counting().setOthers(message.counts)
      case 'before':
        if (!hasBegun) counting().begin(message.turns)
        hasBegun = true
        return
      case 'away':
        return away(message.error)
    }
  }

  const background = supervise<ToSharing, OwnFromSharing>({
    ...{ program: PROGRAM, place: 'apart', name: 'the process for sharing', log, answerMs: ANSWER_MS },
    failing: 'the database cannot be asked',
    start: () => ({ say: 'start', url, name, run, data, folder: options.data, version, ...own() }),
    onMessage: take,
    onExit: () => away('the process for sharing has ended'),
  })

  function tellCounts(): void {
    if (!store.connected || !background.isRunning) return
    const living = machines.controllers.filter(({ state }) => state === 'lives').length
    const counts = counting().own(Math.max(1, living))
    // There is nobody to tell.
    if (living < 2) return
    const { documents, callers, legs, turns } = counts
    const text = JSON.stringify([[...documents], [...callers], [...legs], [...turns]])
    if (text === told) return
    told = text
    background.post({ say: 'counts', counts })
  }

  const timers: NodeJS.Timeout[] = []
  return {
    register(registered) {
      name = registered
      background.ensure()
      timers.push(setInterval(tellCounts, COUNT_MS).unref())
      timers.push(setInterval(() => background.post({ say: 'own', ...own() }), OWN_MS).unref())
    },
    store: () => store,
    silentSeconds: () => (performance.now() - answeredMs) / 1000,
    controllers: () => machines.controllers,
    machineAtEnd: machines.atEnd,
    tookCall: machines.tookCall,
    async claim(calls): Promise<ClaimedCalls | undefined> {
      if (!store.connected || !background.isRunning) return undefined
      const asked = background.ask<Claimed | undefined>((n) => ({ say: 'claim', n, calls }))
      const claimed = await asked.catch((error: unknown) => {
        log.warn({ err: error }, 'lost calls could not be claimed')
        return undefined
      })
      return claimed && { ours: new Set(claimed.ours), copies: claimed.copies }
    },
    isFirst: machines.isFirst,
    isHeard: machines.isHeard,
    async close(withinMs) {
      timers.forEach((timer) => clearInterval(timer))
      await background.close(withinMs)
    },
  }
}
