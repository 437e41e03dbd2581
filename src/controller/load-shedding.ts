/**
 * Sheds load by not listening: FreeSWITCH then goes to its next host at once. A connection that is accepted
 * is a call that is taken.
 */
import type { Logger } from 'pino'

/** Where calls come in. */
export interface Gate {
  readonly listening: boolean
  readonly connections: number
  close(): void
  reopen(): Promise<void>
}

interface LoadSheddingOptions {
  readonly gate: Gate
  readonly maxCalls: number
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** The event loop may be late by so many ms, look after look. */
  readonly lateMs?: number
  /**
   * How often it is looked at, and how long everything must have been well before the gate opens again: callers
   * have two seconds, if the other controller is down.
   */
  readonly everyMs?: number
  readonly calmMs?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

export interface LoadShedding {
  readonly active: boolean
  /** A call came in: the gate closes with the last one that may. */
  called(): void
  /** Stops watching; the gate stays as it is. */
  stop(): void
}

export function createLoadShedding(options: LoadSheddingOptions): LoadShedding {
  const {
    gate,
    maxCalls,
    log,
    lateMs = 200,
    everyMs = 100,
    calmMs = 300,
    now = () => performance.now(),
  } = options
  let active = false
  let stopped = false
  let expected = now() + everyMs
  let calmSince = 0
  let lateLooks = 0

  function shut(reason: object): void {
    calmSince = now()
    if (active) return
    active = true
    gate.close()
    log.warn(reason, 'overloaded: not listening for calls')
  }

  const called = (): void => {
    if (gate.connections >= maxCalls) shut({ calls: gate.connections, maxCalls })
  }

  async function reopen(): Promise<void> {
    try {
      await gate.reopen()
    } catch (error) {
      log.error({ err: error }, 'cannot listen for calls again; trying on')
      return
    }
    // Asked to stop meanwhile: then nobody is to be let in.
    if (stopped) return gate.close()
    active = false
    log.info({ calls: gate.connections }, 'listening for calls again')
  }

  const timer = setInterval(() => {
    const late = now() - expected
    expected = now() + everyMs
    lateLooks = late > lateMs ? lateLooks + 1 : 0
    // A single stall is over by the time it is seen, and without calls there is no load to shed: controllers on
    // one machine would all close at once.
    if (lateLooks > 1 && gate.connections > 0) shut({ lateMs: Math.round(late) })
    called()
    if (active && now() - calmSince >= calmMs) void reopen()
  }, everyMs)

  return {
    get active() {
      return active
    },
    called,
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}
