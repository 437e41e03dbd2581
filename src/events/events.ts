/**
 * The events of a controller's calls: kept on disk and delivered by a process of its own, which is started with the
 * first event, or where files of any controller lie in the folder: they may be of one that has ended.
 */
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../config/index.ts'
import type { CallEvent, PlanStore, WebhookSpec } from '../plan/index.ts'
import { startProcess } from '../util/background-process.ts'
import { within } from '../util/within.ts'
import { createEventLog } from './event-log.ts'
import type { ListedEvent, ListQuery } from './event-list.ts'
import type { Counts, FromEvents, Receiver, ToEvents } from './messages.ts'

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
  /** Those that wait and those that were given up, of all controllers that share the folder, the oldest first. */
  list(query: EventQuery): Promise<readonly ListedEvent[]>
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
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Of belplan. */
  readonly version: string
}

/** TypeScript beside the sources, JavaScript beside the build. */
const PROGRAM = new URL(`./events-process${extname(import.meta.url)}`, import.meta.url)

/** How often it is looked whether a controller that has ended left events. */
const LOOK_MS = 5000
const RESTART_MS = 1000
/** For a list of events, from disks of several controllers. */
const ANSWER_MS = 8000
const NONE: Counts = { waiting: 0, delivered: 0, givenUp: 0, lost: 0 }

interface Question {
  readonly message: ToEvents
  answer(answer: never): void
  fail(reason: string): void
}

export function openEvents(options: EventsOptions): Events {
  const { data, webhooks, plans, env, privateNetworks, log, version } = options
  const folder = join(data, 'events')
  const name = `${process.pid}-${randomBytes(4).toString('hex')}`
  const kept = createEventLog({
    ...{ folder, name, log },
    onKept() {
      if (child) post({ say: 'grown', file: kept.file })
      else ensure()
    },
  })
  /** Questions to the process, with what their answer is for; asked again of another one if it ends. */
  const unanswered = new Map<number, Question>()
  let n = 0
  let child: ChildProcess | undefined
  let isBegun = false
  let closing = false
  let restarting = false
  let counts = NONE
  /** Of processes that ended. */
  let before = { delivered: 0, givenUp: 0, lost: 0 }
  /** Of all processes. */
  const sum = () => ({
    delivered: before.delivered + counts.delivered,
    givenUp: before.givenUp + counts.givenUp,
    lost: before.lost + counts.lost,
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

  function post(message: ToEvents): void {
    // What does not arrive is asked again when the process has ended.
    child?.send(message, () => undefined)
  }

  /** Starts the process, unless it runs or is about to be started again. */
  function ensure(): void {
    if (!child && !closing && !restarting) begin()
  }

  function begin(): void {
    const again = isBegun
    isBegun = true
    const begun = startProcess(PROGRAM, 'apart')
    child = begun
    begun.on('message', (message: FromEvents) => {
      if (message.say === 'answer') unanswered.get(message.n)?.answer(message.answer as never)
      else if (message.say === 'unanswered') unanswered.get(message.n)?.fail(message.reason)
      else if (message.say === 'receiver?') {
        const receiver = receiverOf(message.document, message.webhook)
        post({ say: 'receiver', n: message.n, receiver })
      } else if (message.say === 'counts') counts = message.counts
      else log[message.level](message.fields, message.message)
    })
    begun.on('error', (error) => log.error({ err: error }, 'the process for events'))
    begun.once('exit', (code, signal) => {
      child = undefined
      before = sum()
      counts = { ...NONE, waiting: counts.waiting }
      if (closing) return
      log.error({ code, signal }, 'the process for events ended; it is started again')
      restarting = true
      setTimeout(() => {
        restarting = false
        ensure()
      }, RESTART_MS)
    })
    post({ say: 'start', folder, name, again, webhooks, version })
    for (const { message } of unanswered.values()) post(message)
  }

  /** Rejects where the events cannot be read, or not in time. */
  async function ask<T>(question: (n: number) => ToEvents): Promise<T> {
    const message = question(++n)
    const number = n
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const fail = (reason: string) => reject(new Error(`events cannot be read: ${reason}`))
    unanswered.set(number, { message, answer: resolve, fail })
    const late = setTimeout(fail, ANSWER_MS, 'no answer in time').unref()
    if (child) post(message)
    else ensure()
    try {
      return await promise
    } finally {
      clearTimeout(late)
      unanswered.delete(number)
    }
  }

  async function isEmpty(): Promise<boolean> {
    const files = await readdir(folder).catch(() => [])
    return !files.some((file) => /\.(?:db|log|taken)$/.test(file))
  }

  async function look(): Promise<void> {
    if (!child && !(await isEmpty())) ensure()
  }
  void look()
  const looking = setInterval(() => void look(), LOOK_MS).unref()

  return {
    name,
    tell: kept.keep,
    async list({ mayUse, ...query }) {
      if (!child && (await isEmpty())) return []
      const documents = mayUse && (await ask<string[]>((n) => ({ say: 'documents', n }))).filter(mayUse)
      return ask((n) => ({ say: 'list', n, query: { ...query, documents } }))
    },
    async retry(id, mayUse) {
      if (!child && (await isEmpty())) return undefined
      const query = { id, state: 'givenUp', most: 1 } as const
      const [found] = await ask<ListedEvent[]>((n) => ({ say: 'list', n, query }))
      if (!found || !(mayUse?.(found.document) ?? true)) return undefined
      return ask((n) => ({ say: 'retry', n, id }))
    },
    counts() {
      const { delivered, givenUp, lost } = sum()
      return { waiting: counts.waiting, delivered, givenUp, lost: lost + kept.lost }
    },
    async close(withinMs) {
      await kept.close(withinMs)
      closing = true
      clearInterval(looking)
      const ended = child
      if (!ended) return
      const gone = new Promise((resolve) => ended.once('exit', resolve))
      post({ say: 'close' })
      // It goes on for a moment, with what is on its way.
      if (!(await within(withinMs, gone)) && ended.connected) ended.disconnect()
    },
  }
}

/** Names of environment variables in a webhook. */
function namesIn({ headers, signingSecret = [] }: WebhookSpec): string[] {
  const texts = [...Object.values(headers), ...[signingSecret].flat()]
  return texts.filter((text) => text.startsWith('env:')).map((text) => text.slice('env:'.length))
}
