/** One socket with FreeSWITCH at its other end: one call. */
import type { Duplex } from 'node:stream'
import { BelplanError } from '../util/errors.ts'
import { connect, events, exit, linger, myEvents, nixEvents, resume } from './commands.ts'
import { Decoder, type Frame } from './decoder.ts'
import type { Command } from './guard.ts'
import type { Headers } from './headers.ts'
import { type Connected, readMessage, type Reply, WireText } from './message.ts'
import { type Answer, ReplyQueue } from './reply-queue.ts'

/** The part of a pino logger that connections use. Wire traffic is logged at `trace`. */
export interface Log {
  trace?(fields: object, message: string): void
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/**
 * Why a connection is over: `exit` was sent; it was closed here; FreeSWITCH closed it; a reply did not come in time;
 * FreeSWITCH broke the protocol.
 */
export type EndReason = 'ended' | 'destroyed' | 'disconnected' | 'timeout' | 'protocol'

/** What a connection reports to its owner. An owner that throws is a bug: nothing here catches it. */
export interface ConnectionEvents {
  /** May be called before `open()` has resolved, when FreeSWITCH sent both at once. */
  event(name: string, headers: Headers): void
  /** The channel is down; CHANNEL_HANGUP_COMPLETE follows. */
  lingering(): void
  /** Exactly once, for every connection that was opened. */
  closed(reason: EndReason): void
}

export interface ConnectionOptions {
  readonly log: Log
  /** How long a reply may take; 5000 unless given. */
  readonly replyTimeoutMs?: number
}

const EVENTS = [
  'CHANNEL_PARK',
  'CHANNEL_EXECUTE_COMPLETE',
  'CHANNEL_BRIDGE',
  'CHANNEL_HANGUP_COMPLETE',
] as const
const LINGER = linger(5)
const OPENING = [myEvents(), nixEvents(['ALL']), events(EVENTS), LINGER, connect()]
const NOT_ASYNC_FULL =
  'the dialplan must say "async full": <action application="socket" data="HOST:PORT async full"/>'
/** Commands are some 100 bytes: when this much lies unsent, FreeSWITCH has stopped reading. */
const MAX_UNSENT_BYTES = 256 * 1024

/** Whatever goes wrong ends this connection and no other. */
export class Connection {
  readonly #socket: Duplex
  readonly #log: Log
  readonly #decoder = new Decoder()
  readonly #replies: ReplyQueue
  #owner: ConnectionEvents | undefined
  #state: 'new' | 'opening' | 'open' | 'exiting' | 'closed' = 'new'

  constructor(socket: Duplex, { log, replyTimeoutMs = 5000 }: ConnectionOptions) {
    this.#socket = socket
    this.#log = log
    this.#replies = new ReplyQueue(replyTimeoutMs, () =>
      this.#close('timeout', `no reply within ${replyTimeoutMs} ms`),
    )
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('end', () => this.#close('disconnected', 'FreeSWITCH closed the connection'))
    socket.on('error', (error) => this.#close('disconnected', error.message))
    socket.on('close', () => this.#close('disconnected', 'the connection is gone'))
  }

  /** FreeSWITCH has handed a call over. */
  get opened(): boolean {
    return this.#state === 'open' || this.#state === 'exiting'
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /**
   * Requests the call and its events. FreeSWITCH sends nothing before that, and parks the channel after `connect`,
   * so that CHANNEL_PARK is not missed. The names of wanted events are fewer bytes than those of unwanted ones.
   *
   * @throws BelplanError `protocol` when the dialplan did not say `async full`, `disconnected`, `timeout`
   */
  async open(owner: ConnectionEvents): Promise<Connected> {
    if (this.#state !== 'new') throw gone()
    this.#owner = owner
    this.#state = 'opening'
    // mod_event_socket.c, listener_run: the first command of a connection is obeyed without a reply.
    const answers = await this.#exchange(OPENING, OPENING.length - 1, true)
    const connected = answers.at(-1) as Connected
    if (connected.async && connected.full) return connected
    // Closed this early, most async calls would stay in silence for ever; a sync one goes on by itself.
    if (connected.async) this.post(resume())
    void this.end()
    throw new BelplanError('protocol', NOT_ASYNC_FULL)
  }

  /**
   * Sends commands in one write; resolves with their replies in order, those that say -ERR included.
   *
   * @throws BelplanError `disconnected`, `timeout`, `protocol`
   */
  async send(...commands: readonly Command[]): Promise<Reply[]> {
    if (commands.length === 0) return []
    if (this.#state !== 'open') throw gone()
    return (await this.#exchange(commands, commands.length, false)) as Reply[]
  }

  /** As `send`, for commands whose replies change nothing; a reply that says -ERR is logged. Nothing once closed. */
  post(...commands: readonly Command[]): void {
    this.send(...commands).then(
      (replies) => this.#logFailed(replies),
      () => undefined, // `closed` reports it to the owner
    )
  }

  /** Wakes FreeSWITCH's thread for this socket: a repeated `linger` changes nothing. */
  wake(): void {
    this.post(LINGER)
  }

  /** Sends `exit`, which leaves the call as it stands, and closes; at the latest when the reply's time is over. */
  async end(): Promise<void> {
    if (!this.opened) return this.destroy()
    if (this.#state === 'exiting') return
    this.#state = 'exiting'
    await this.#exchange([exit()], 1, false).then(
      (replies) => this.#logFailed(replies as Reply[]),
      () => undefined,
    )
    this.#close('ended')
  }

  /** Closes at once. */
  destroy(): void {
    this.#close('destroyed')
  }

  #logFailed(replies: readonly Reply[]): void {
    for (const { ok, text } of replies) if (!ok) this.#log.debug({ reply: text }, 'command failed')
  }

  #exchange(commands: readonly Command[], replies: number, opening: boolean): Promise<Answer[]> {
    const text = commands.join('')
    this.#log.trace?.({ sent: new WireText(text) }, 'esl')
    const answers = this.#replies.expect(replies, opening)
    this.#socket.write(text)
    if (this.#socket.writableLength > MAX_UNSENT_BYTES)
      this.#close('timeout', 'FreeSWITCH does not read its commands')
    return answers
  }

  #read(chunk: Buffer): void {
    let frames: Frame[]
    try {
      frames = this.#decoder.push(chunk)
    } catch (error) {
      if (!(error instanceof BelplanError)) throw error
      return this.#close('protocol', error.message)
    }
    for (const frame of frames) {
      if (this.#state === 'closed') return
      this.#log.trace?.({ received: new WireText(frame) }, 'esl')
      this.#handle(frame)
    }
  }

  #handle(frame: Frame): void {
    const message = readMessage(frame)
    switch (message.kind) {
      case 'event':
        return this.#owner?.event(message.name, message.headers)
      case 'disconnect':
        if (message.linger) return this.#owner?.lingering()
        return this.#close(this.#state === 'exiting' ? 'ended' : 'disconnected', 'FreeSWITCH said goodbye')
      case 'connected':
        if (this.#state === 'opening') this.#state = 'open'
        return this.#answer(message)
      case 'reply':
      case 'api':
        return this.#answer(message)
      case 'other':
        return this.#log.debug({ contentType: message.contentType }, 'a frame of no use')
    }
  }

  #answer(answer: Answer): void {
    if (!this.#replies.take(answer)) this.#close('protocol', 'a reply that no command asked for')
  }

  #close(reason: EndReason, why = ''): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#socket.destroy()
    if (reason === 'protocol' || reason === 'timeout') this.#log.warn({ reason, why }, 'connection ended')
    const code = reason === 'protocol' || reason === 'timeout' ? reason : 'disconnected'
    this.#replies.fail(() => new BelplanError(code, why === '' ? 'the connection was closed' : why))
    this.#owner?.closed(reason)
  }
}

function gone(): BelplanError {
  return new BelplanError('disconnected', 'the connection is not open')
}
