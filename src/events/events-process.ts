/**
 * The process for a controller's events: keeps them on disk and delivers them. It ends with its controller, once it has
 * written what that had said; what is not delivered then is delivered by another controller, or by the next start.
 */
import { LRUCache } from 'lru-cache'
import { assertNever } from '../util/errors.ts'
import {
  logAtController as log,
  notAnswered,
  sayToController,
  superviseMe,
} from '../util/supervised-process.ts'
import { within } from '../util/within.ts'
import { createWebhookClient } from '../webhook/index.ts'
import type { Copying } from './copying.ts'
import { createDelivery, MOST_AT_ONCE } from './delivery.ts'
import { type ListQuery, oldest, type StoredEvent } from './event-list.ts'
import { type Failure, openEventStore } from './event-store.ts'
import type { ListedEvent } from './listed-event.ts'
import { createLogReader } from './log-reader.ts'
import type { EventList, OwnFromEvents, Receiver, Start, ToEvents } from './messages.ts'

/** For controllers that have ended, and for what others put back. */
const LOOK_MS = 2000
const COUNT_MS = 2000
/** What is on its way at the end is waited for, so that it is not sent twice; the controller does not wait. */
const FINISH_MS = 1000
/** And this is waited for nothing any more: what is in the log is still to be read. */
const CUT_MS = 500
/** A webhook is asked for again after this: documents change. */
const RECEIVER_KEPT_MS = 2000
const RECEIVERS_KEPT = 1000

const say = (message: OwnFromEvents): void => sayToController(message)

function start({ folder, name, again, webhooks, shared, version }: Start) {
  const store = openEventStore({
    ...{ folder, name, again, copied: shared !== undefined },
    log: (fields, message) => log('warn', fields, message),
  })
  const asked = new Map<number, (receiver: Receiver | undefined) => void>()
  const known = new LRUCache<string, Promise<Receiver | undefined>>({
    max: RECEIVERS_KEPT,
    ttl: RECEIVER_KEPT_MS,
  })
  let questions = 0
  let closing = false

  function receiverOf(document: string, webhook: string): Promise<Receiver | undefined> {
    const key = `${document} ${webhook}`
    const found = known.get(key)
    if (found) return found
    const n = ++questions
    const receiver = new Promise<Receiver | undefined>((resolve) => asked.set(n, resolve))
    known.set(key, receiver)
    say({ say: 'receiver?', n, document, webhook })
    return receiver
  }

  /** Of documents whose events are sent. */
  const networks = new Map<string, readonly string[]>()
  const env = new Map<string, Readonly<Record<string, string>>>()
  const client = createWebhookClient({
    // Of its own, so that no call waits for an event; and the pauses of the delivery are the circuit breaker.
    config: {
      ...webhooks,
      maxConnections: MOST_AT_ONCE,
      breaker: { ...webhooks.breaker, minimum: Number.MAX_SAFE_INTEGER },
    },
    env: (document, name) => env.get(document)?.[name],
    privateNetworks: (document) => networks.get(document) ?? [],
    log: { info: () => undefined, warn: () => undefined },
    version,
  })

  async function send({
    id,
    call,
    document,
    webhook: name,
    body,
  }: StoredEvent): Promise<Failure | undefined> {
    const receiver = await receiverOf(document, name)
    if (receiver === undefined) return { reason: `the document has no webhook ${name} now`, unasked: true }
    const { did, callerid, callername } = JSON.parse(body) as Record<
      'did' | 'callerid' | 'callername',
      string
    >
    env.set(document, receiver.env)
    networks.set(document, receiver.privateNetworks)
    const { status, error } = await client.send({
      ...{ document, name, webhook: receiver.webhook, callId: call, key: id, kind: 'event', body },
      values: { code: '', did, callerid, callername },
      signal: new AbortController().signal,
    })
    return status === 'ACK' ? undefined : { reason: error ?? `the server says ${status}` }
  }

  /** What its controller does not answer any more. */
  function giveUpAsking(): void {
    for (const answer of asked.values()) answer(undefined)
    asked.clear()
  }

  let copying: Copying | undefined
  const opening = shared && openCopying(shared)
  const delivery = createDelivery({
    ...{ store, send, log },
    ...(opening && {
      elsewhere: (event: StoredEvent) =>
        copying
          ? copying.elsewhere(event)
          : opening.then(async (opened) => (await opened.elsewhere(event)) ?? 'nothing'),
    }),
  })
  const onAdded = ({ document, webhook }: Pick<StoredEvent, 'document' | 'webhook'>) =>
    delivery.added(document, webhook)
  const reader = createLogReader({ ...{ folder, name, store, log }, onAdded })

  /** What it needs is loaded where there is a database. */
  async function openCopying({ url, controller }: NonNullable<Start['shared']>): Promise<Copying> {
    const { openCopying } = await import('./copying.ts')
    copying = openCopying({
      ...{ url, controller, name, store, copies: store.copies!, log },
      readLog: () => reader.read(),
      isSending: (id) => delivery.isSending(id),
      onAdded,
    })
    return copying
  }

  async function list(query: ListQuery): Promise<EventList> {
    const here = store.list(query)
    const elsewhere = await (await opening)?.list(query)
    const known = new Set(here.map(({ id }) => id))
    const others = elsewhere?.filter(({ id }) => !known.has(id)) ?? []
    return { events: oldest([...here, ...others], query.most), isWhole: !opening || elsewhere !== undefined }
  }

  async function retry(id: string): Promise<ListedEvent | undefined> {
    const event = store.retry(id)
    if (event) onAdded(event)
    return event ?? (await opening)?.retry(id)
  }

  function count(): void {
    const { uncopied, adopted } = copying?.counts() ?? { uncopied: 0, adopted: 0 }
    const counts = { waiting: store.count('waiting'), uncopied, adopted, ...delivery.counts() }
    say({ say: 'counts', counts })
  }

  async function look(): Promise<void> {
    await reader.read()
    await delivery.look()
    copying?.tookOver()
    if (!closing) setTimeout(() => void look(), LOOK_MS)
  }
  void look()
  const counting = setInterval(() => {
    try {
      count()
    } catch {
      // The next time.
    }
  }, COUNT_MS)

  return {
    grown: (file: number) => void reader.read(file),
    receiver(n: number, receiver: Receiver | undefined): void {
      asked.get(n)?.(receiver)
      asked.delete(n)
    },
    list,
    documents: async () => [
      ...new Set([...store.documents(), ...((await (await opening)?.documents()) ?? [])]),
    ],
    retry,
    giveUpAsking,
    async close(): Promise<void> {
      closing = true
      clearInterval(counting)
      const cut = setTimeout(() => {
        giveUpAsking()
        void client.close()
      }, FINISH_MS)
      await within(FINISH_MS + CUT_MS, delivery.close())
      clearTimeout(cut)
      await within(CUT_MS, client.close())
      await reader.read()
      await copying?.close(CUT_MS)
      count()
      reader.close()
      store.close()
    },
  }
}

superviseMe({
  name: 'the process for events',
  start,
  take(message: Exclude<ToEvents, Start>, events): unknown {
    switch (message.say) {
      case 'grown':
        events.grown(message.file)
        return notAnswered
      case 'receiver':
        events.receiver(message.n, message.receiver)
        return notAnswered
      case 'list':
        return events.list(message.query)
      case 'documents':
        return events.documents()
      case 'retry':
        return events.retry(message.id)
      default:
        return assertNever(message)
    }
  },
  close: (events) => events.close(),
  orphaned: (events) => events.giveUpAsking(),
})
