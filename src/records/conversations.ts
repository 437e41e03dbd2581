/** What becomes of the records of calls that the controller let go of: the inbound link sees their ends. */
import { setInterval as every } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config/index.ts'
import { type Link, type LinkOptions, openLink } from '../freeswitch/index.ts'
import type { Journal } from './journal.ts'
import type { CallRecord } from './record.ts'
import type { Talking } from './talking.ts'

export interface Conversations {
  letGo(record: CallRecord): Promise<void>
  /** Undefined: no link is configured. */
  readonly link: Link | undefined
  close(): Promise<void>
}

/** What controllers set `belplan_node` to on the calls they let go of: each of them hears of all. */
const NODE = '1'
const SWEEP_MS = 60_000
/** Questions to FreeSWITCH in one sweep: a missed event is rare, and conversations may be thousands. */
const SWEEP_MOST = 100

/** `onEnd` hears of every call that ends, whoever held it. Without a link the end of a conversation cannot be seen, and nothing waits for it. */
export function openConversations(
  { freeswitch }: Pick<Config, 'freeswitch'>,
  { talking, journal, log }: { talking: Talking; journal: Journal; log: Logger },
  onEnd: LinkOptions['onEnd'],
): Conversations {
  const closing = new AbortController()
  let sweeping = false

  async function sweep(exists: (id: string) => Promise<boolean>, most?: number): Promise<void> {
    if (sweeping) return
    sweeping = true
    await talking
      .sweep(exists, most)
      .catch((error: unknown) => log.debug({ err: error }, 'sweep not finished'))
    sweeping = false
  }

  if (freeswitch === undefined) {
    // Nothing says whether a call that is waited for is over: only what waited for a day is written.
    void sweep(() => Promise.resolve(true))
    return { letGo: (record) => journal.write(record), link: undefined, close: () => Promise.resolve() }
  }

  const link: Link = openLink({
    ...freeswitch,
    password: freeswitch.password.reveal(),
    log,
    node: NODE,
    onEnd(end, event) {
      const { id, ...told } = end
      void talking.ended(id, told)
      onEnd(end, event)
    },
    // Ends may have been missed while it was gone.
    onConnected: () => void sweep((id) => link.exists(id)),
  })
  const running = sweepOften()

  async function sweepOften(): Promise<void> {
    try {
      for await (const _ of every(SWEEP_MS, undefined, { signal: closing.signal })) {
        await sweep((id) => link.exists(id), SWEEP_MOST)
      }
    } catch {
      // Closed.
    }
  }

  return {
    letGo: (record) => talking.letGo(record),
    link,
    async close() {
      closing.abort()
      await link.close()
      await running
    },
  }
}
