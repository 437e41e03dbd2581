/**
 * One connection to FreeSWITCH's inbound event socket, from its making to its loss: esl-lite logs in and matches
 * replies and jobs with what was asked, on a wire of our own.
 */
import { FreeSwitchResponse } from 'esl-lite'
import { pino, type Logger } from 'pino'
import { conversationEnd, type ConversationEnd } from './conversation-end.ts'
import { openWire, reasonOf, type Wire } from './wire.ts'

export interface SessionOptions {
  readonly host: string
  readonly port: number
  readonly password: string
  /** Only ends of channels whose variable `belplan_node` has this value are of interest. */
  readonly node: string
  /** `event`: the headers of CHANNEL_HANGUP_COMPLETE. */
  readonly onEnd: (end: ConversationEnd, event: Readonly<Record<string, unknown>>) => void
  readonly onReady: (version: string, core: string) => void
  /** How often FreeSWITCH must show a sign of life, and how long it has for a reply, in ms. */
  readonly keepAliveMs: number
  readonly replyMs: number
}

export interface Session {
  /** Resolves with the reason once the connection is lost or could not be made; never rejects. */
  readonly ended: Promise<string>
  /** `uuid_exists`; rejects when FreeSWITCH does not say. `uuid` is a checked UUID. */
  exists(uuid: string): Promise<boolean>
  /** The Core-UUID; rejects when FreeSWITCH does not answer. */
  core(): Promise<string>
  end(): void
}

/** Opens what esl-lite keeps for subclasses: a connection and commands of one's own. */
class Client extends FreeSwitchResponse {
  constructor(wire: Wire, password: string, logger: Logger) {
    // Its own kind of connection has private parts, of which it uses none from here.
    super(wire as never, password, logger)
  }

  /** Takes what comes until the connection is lost. */
  run(): Promise<void> {
    return this.connect()
  }

  /** Resolves with the reason when the command did not succeed. */
  async command(line: string, timeoutMs: number): Promise<string | undefined> {
    const reply = await this.send(line, {}, undefined, timeoutMs)
    return reply instanceof Error ? reply.message : undefined
  }

  /** A `bgapi` command's answer; rejects when there was none. */
  async ask(line: string, timeoutMs: number): Promise<string> {
    const reply = await this.bgapi(line, timeoutMs)
    if (reply instanceof Error) throw reply
    return typeof reply.body.response === 'string' ? reply.body.response.trim() : ''
  }
}

export function openSession(options: SessionOptions): Session {
  const { host, port, password, node, replyMs } = options
  let end: (reason: string) => void = () => undefined
  const ended = new Promise<string>((resolve) => (end = resolve))

  // At `error` esl-lite tells of listeners that threw. Below that it prints commands, the password's included: none
  // of that is let through.
  const logger = pino({ level: 'error', base: null }, { write: (line: string) => end(reasonIn(line)) })
  const client = new Client(openWire(host, port, end), password, logger)
  client.on('CHANNEL_HANGUP_COMPLETE', ({ body }) => {
    const found = body.data['variable_belplan_node'] === node ? conversationEnd(body.data) : undefined
    if (found !== undefined) options.onEnd(found, body.data)
  })

  const core = () => client.ask('global_getvar core_uuid', replyMs)

  async function prepare(): Promise<void> {
    // Filters are alternatives (mod_event_socket.c, event_handler). esl-lite subscribes to events of every
    // channel on the switch, which the last command ends.
    const commands = [
      'filter Event-Name BACKGROUND_JOB',
      `filter variable_belplan_node ${node}`,
      'nixevent CHANNEL_EXECUTE_COMPLETE CUSTOM',
    ]
    const failed = (await Promise.all(commands.map((line) => client.command(line, replyMs)))).find(Boolean)
    if (failed !== undefined) return end(failed)
    options.onReady(await client.ask('version', replyMs), await core())
  }
  prepare().catch((error: unknown) => end(reasonOf(error)))
  client.run().catch((error: unknown) => end(reasonOf(error)))

  const keepAlive = setInterval(() => {
    client.command('nixevent CUSTOM', replyMs).then(
      (failed) => failed !== undefined && end(failed),
      (error: unknown) => end(reasonOf(error)),
    )
  }, options.keepAliveMs)

  void ended.then(() => {
    clearInterval(keepAlive)
    client.end()
  })

  return {
    ended,
    exists: async (uuid) => (await client.ask(`uuid_exists ${uuid}`, replyMs)) === 'true',
    core,
    end: () => end('closed'),
  }
}

/** The reason in a line of esl-lite's log. */
function reasonIn(line: string): string {
  const { code, msg } = JSON.parse(line) as { code?: string; msg?: string }
  return code ?? msg ?? 'failed'
}
