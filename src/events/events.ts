/**
 * The events of a controller's calls: kept on disk and delivered by a process of its own, which is started with the
 * first event, or where files of any controller lie in the folder: they may be of one that has ended.
 */
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../config/index.ts'
import type { CallEvent, PlanStore, WebhookSpec } from '../plan/index.ts'
import { supervise } from '../util/supervised-process.ts'
import { createEventLog } from './event-log.ts'
import type { ListQuery } from './event-list.ts'
import type { ListedEvent } from './listed-event.ts'
import type { Counts, EventList, OwnFromEvents, Receiver, ToEvents } from './messages.ts'

/** Which events are listed. */
export interface EventQuery extends Omit<ListQuery, 'documents' | 'id'> {
  /** Whether whoever asks may know of the events of a document; absent: of all. */
  readonly mayUse?: ((document: string) => boolean) | undefined
}

export interface Events {
  /** Of this controller's files; no other process has it. */
  readonly name: string
  /** Keeps an event; resolves when it is on disk, when the disk takes none now, or when it is lost. Never rejects. */
  tell(event: CallEvent): Promise<void>
  /**
   * Those that wait and those that were given up, the oldest first, of all controllers that share the folder, or the
   * database where there is one.
   */
  list(query: EventQuery): Promise<EventList>
  /** Tries an event again that was given up; undefined: there is none. */
  retry(id: string, mayUse?: (document: string) => boolean): Promise<ListedEvent | undefined>
  counts(): Counts
  /** Waits `withinMs` for the process to end, which may take a second more. What is not delivered stays on disk. */
  close(withinMs: number): Promise<void>
}

export interface EventsOptions {
  /** The folder of all data. */
  readonly data: string
  readonly webhooks: Omit<Config['webhooks'], 'env'>
  readonly plans: Pick<PlanStore, 'current'>
  /** Of a document: a variable of the environment that it was granted, and the networks that it may reach. */
  readonly env: (document: string, name: string) => string | undefined
  readonly privateNetworks: (document: string) => readonly string[]
  /** The database that machines share, and this controller's name [there is none]. */
  readonly shared?: { readonly url: string; readonly controller: () => string } | undefined
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Of belplan. */
  readonly version: string
}

/** TypeScript beside the sources, JavaScript beside the build. */
const PROGRAM = new URL(`./events-process${extname(import.meta.url)}`, import.meta.url)

/** How often it is looked whether a controller that has ended left events. */
const LOOK_MS = 5000
/** For a list of events, from disks of several controllers. */
const ANSWER_MS = 8000
const NONE: Counts = { waiting: 0, delivered: 0, givenUp: 0, lost: 0, uncopied: 0, adopted: 0 }

export function openEvents(options: EventsOptions): Events {
  const { data, webhooks, plans, env, privateNetworks, shared, log, version } = options
  const folder = join(data, 'events')
  const name = `${process.pid}-${randomBytes(4).toString('hex')}`
  const kept = createEventLog({
    ...{ folder, name, log },
    onKept() {
      if (background.isRunning) background.post({ say: 'grown', file: kept.file })
      else background.ensure()
    },
  })
  let counts = NONE
  /** Of processes that ended. */
  let before = { delivered: 0, givenUp: 0, lost: 0, adopted: 0 }
  /** Of all processes. */
  const sum = () => ({
    delivered: before.delivered + counts.delivered,
    givenUp: before.givenUp + counts.givenUp,
    lost: before.lost + counts.lost,
    adopted: before.adopted + counts.adopted,
  })

  function receiverOf(document: string, name: string): Receiver | undefined {
    const { webhooks: own } = plans.current().compiled(document)?.document ?? {}
    const webhook = own && Object.hasOwn(own, name) ? own[name] : undefined
    if (!webhook) return undefined
    const values = namesIn(webhook).map((one) => [one, env(document, one)] as const)
    return {
      webhook,
      env: Object.fromEntries(values.filter((entry): entry is [string, string] => entry[1] !== undefined)),
      privateNetworks: privateNetworks(document),
    }
  }

  const background = supervise<ToEvents, OwnFromEvents>({
    ...{ program: PROGRAM, place: 'apart', name: 'the process for events', log, answerMs: ANSWER_MS },
    failing: 'events cannot be read',
    start: (again) => ({
      ...{ say: 'start', folder, name, again, webhooks, version },
      ...(shared && { shared: { url: shared.url, controller: shared.controller() } }),
    }),
    onMessage(message) {
      if (message.say === 'counts') return void (counts = message.counts)
      const receiver = receiverOf(message.document, message.webhook)
      background.post({ say: 'receiver', n: message.n, receiver })
    },
    onExit() {
      before = sum()
      counts = { ...NONE, waiting: counts.waiting, uncopied: counts.uncopied }
    },
  })

  /** Nothing is kept here, and nowhere else either. */
  async function isEmpty(): Promise<boolean> {
    if (shared) return false
    const files = await readdir(folder).catch(() => [])
    return !files.some((file) => /\.(?:db|log|taken)$/.test(file))
  }

  async function look(): Promise<void> {
    if (!background.isRunning && !(await isEmpty())) background.ensure()
  }
  void look()
  const looking = setInterval(() => void look(), LOOK_MS).unref()

  return {
    name,
    tell: kept.keep,
    async list({ mayUse, ...query }) {
      if (!background.isRunning && (await isEmpty())) return { events: [], isWhole: true }
      const documents =
        mayUse && (await background.ask<string[]>((n) => ({ say: 'documents', n }))).filter(mayUse)
      return background.ask((n) => ({ say: 'list', n, query: { ...query, documents } }))
    },
    async retry(id, mayUse) {
      if (!background.isRunning && (await isEmpty())) return undefined
      const query = { id, state: 'givenUp', most: 1 } as const
      const { events } = await background.ask<EventList>((n) => ({ say: 'list', n, query }))
      const [found] = events
      if (!found || !(mayUse?.(found.document) ?? true)) return undefined
      return background.ask((n) => ({ say: 'retry', n, id }))
    },
    counts() {
      const { lost, ...others } = sum()
      return { waiting: counts.waiting, uncopied: counts.uncopied, ...others, lost: lost + kept.lost }
    },
    async close(withinMs) {
      await kept.close(withinMs)
      clearInterval(looking)
      await background.close(withinMs)
    },
  }
}

/** Names of environment variables in a webhook. */
function namesIn({ headers, signingSecret = [] }: WebhookSpec): string[] {
  const texts = [...Object.values(headers), ...[signingSecret].flat()]
  return texts.filter((text) => text.startsWith('env:')).map((text) => text.slice('env:'.length))
}
