/**
 * One connection to FreeSWITCH's inbound event socket, from its making to its loss.
 *
 * esl-lite reconnects by itself, but says so to nobody and does not set filters again; after a wrong password
 * it does so without a pause, and after some breaks of protocol it never does. So a client serves for one
 * connection only, and whatever looks like the end of that one ends the session.
 */
import { FreeSwitchClient } from 'esl-lite'
import { pino } from 'pino'
import { conversationEnd, type ConversationEnd } from './conversation-end.ts'

export interface SessionOptions {
  readonly host: string
  readonly port: number
  readonly password: string
  /** Only ends of channels whose variable `belplan_node` has this value are of interest. */
  readonly node: string
  /** `event`: the headers of CHANNEL_HANGUP_COMPLETE. */
  readonly onEnd: (end: ConversationEnd, event: Readonly<Record<string, unknown>>) => void
  readonly onReady: (version: string) => void
  /** How often the connection is looked at, in ms. */
  readonly watchMs: number
  /** How often FreeSWITCH must show a sign of life, and how long it has for a reply, in ms. */
  readonly keepAliveMs: number
  readonly replyMs: number
}

export interface Session {
  /** Resolves with the reason once the connection is lost or could not be made; never rejects. */
  readonly ended: Promise<string>
  /** `uuid_exists`; rejects when FreeSWITCH does not say. `uuid` is a checked UUID. */
  exists(uuid: string): Promise<boolean>
  end(): void
}

/** Opens what esl-lite keeps for subclasses: commands of one's own. */
class Client extends FreeSwitchClient {
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

  // Its log is the only place where esl-lite tells of a failed connection. Below `error` it prints commands,
  // the password's included: none of that is let through.
  const logger = pino(
    { level: 'error', base: null },
    { write: (line: string) => end(refusal() ?? reasonIn(line)) },
  )
  const client = new Client({ host, port, password, logger })
  client.on('CHANNEL_HANGUP_COMPLETE', ({ body }) => {
    const found = body.data['variable_belplan_node'] === node ? conversationEnd(body.data) : undefined
    if (found !== undefined) options.onEnd(found, body.data)
  })

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
    options.onReady(await client.ask('version', replyMs))
  }
  prepare().catch((error: unknown) => end(reasonOf(error)))

  /** Why FreeSWITCH does not want this connection, by esl-lite's counters. */
  function refusal(): string | undefined {
    const { rudeRejections, disconnect, authRequest } = client.stats
    if (rudeRejections > 0n) return "refused by FreeSWITCH's access list"
    if (authRequest > 1n) return 'disconnected, or the password is wrong'
    return disconnect > 0n ? 'disconnected by FreeSWITCH' : undefined
  }

  const watch = setInterval(() => {
    const reason = refusal()
    if (reason !== undefined) end(reason)
  }, options.watchMs)

  const keepAlive = setInterval(() => {
    client.command('nixevent CUSTOM', replyMs).then(
      (failed) => failed !== undefined && end(failed),
      (error: unknown) => end(reasonOf(error)),
    )
  }, options.keepAliveMs)

  void ended.then(() => {
    clearInterval(watch)
    clearInterval(keepAlive)
    client.end()
  })

  return {
    ended,
    exists: async (uuid) => (await client.ask(`uuid_exists ${uuid}`, replyMs)) === 'true',
    end: () => end('closed'),
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'failed')

/** The reason in a line of esl-lite's log. */
function reasonIn(line: string): string {
  const { code, msg } = JSON.parse(line) as { code?: string; msg?: string }
  return code ?? msg ?? 'failed'
}
