/**
 * One session on FreeSWITCH's inbound event socket, from the connection to its loss: esl-lite logs in and matches
 * replies and jobs with commands, on a connection of our own (event-socket.ts).
 */
import { FreeSwitchResponse } from 'esl-lite'
import { pino, type Logger } from 'pino'
import { UUID } from '../syntax/index.ts'
import { openEventSocket, reasonOf, type EventSocket } from './event-socket.ts'
import { readRecording, type Recording } from './recording.ts'

/** The end of a call, as CHANNEL_HANGUP_COMPLETE says it. */
export interface SeenEnd {
  /** FreeSWITCH's Unique-ID of the caller's leg. */
  readonly id: string
  readonly cause: string
  /** From the bridge to the hang-up; absent when FreeSWITCH gives no times. */
  readonly talkMs?: number
  /** Of the conversation; absent where it was not to be recorded. */
  readonly recording?: Recording
}

export interface SessionOptions {
  readonly host: string
  readonly port: number
  readonly password: string
  /** What controllers set the variable `belplan_node` to with their first write: `onEnd` gets no other channels. */
  readonly belplanNode: string
  /** `event`: the headers of CHANNEL_HANGUP_COMPLETE. */
  readonly onEnd: (end: SeenEnd, event: Readonly<Record<string, unknown>>) => void
  readonly onReady: (version: string, core: string) => void
  /** How often FreeSWITCH must reply to a command. */
  readonly keepAliveMs: number
  /** How long it has for each reply. */
  readonly replyMs: number
}

export interface Session {
  /** Resolves with the reason once the connection is lost or could not be made; never rejects. */
  readonly ended: Promise<string>
  /** `uuid_exists`; rejects when FreeSWITCH does not answer. `uuid` is a checked UUID. */
  exists(uuid: string): Promise<boolean>
  /** `module_exists`; rejects when FreeSWITCH does not answer. `name` is one of belplan's own words. */
  hasModule(name: string): Promise<boolean>
  /** The Core-UUID; rejects when FreeSWITCH does not answer. */
  core(): Promise<string>
  end(): void
}

/** Opens what esl-lite reserves for subclasses: another connection, and commands. */
class Client extends FreeSwitchResponse {
  constructor(socket: EventSocket, password: string, logger: Logger) {
    // The type of its own connection has private members, of which it uses none here.
    super(socket as never, password, logger)
  }

  /** Reads until the connection is lost. */
  run(): Promise<void> {
    return this.connect()
  }

  /** Resolves with the reason when the command did not succeed. */
  async command(line: string, timeoutMs: number): Promise<string | undefined> {
    const reply = await this.send(line, {}, undefined, timeoutMs)
    return reply instanceof Error ? reply.message : undefined
  }

  /** The response to a `bgapi` command; rejects when there is none. */
  async api(line: string, timeoutMs: number): Promise<string> {
    const reply = await this.bgapi(line, timeoutMs)
    if (reply instanceof Error) throw reply
    return typeof reply.body.response === 'string' ? reply.body.response.trim() : ''
  }
}

export function openSession(options: SessionOptions): Session {
  const { host, port, password, belplanNode, replyMs } = options
  let end: (reason: string) => void = () => undefined
  const ended = new Promise<string>((resolve) => (end = resolve))

  // At `error` esl-lite logs listeners that threw. Below that it logs commands, the password's included.
  const logger = pino({ level: 'error', base: null }, { write: (line: string) => end(reasonIn(line)) })
  const client = new Client(openEventSocket(host, port, end), password, logger)
  client.on('CHANNEL_HANGUP_COMPLETE', ({ body }) => {
    const found = body.data['variable_belplan_node'] === belplanNode ? readEnd(body.data) : undefined
    if (found !== undefined) options.onEnd(found, body.data)
  })

  const core = () => query('global_getvar core_uuid', UUID)

  /** Rejects when the response is none of its kind, such as an error: much follows from it. */
  async function query(line: string, kind: RegExp): Promise<string> {
    const response = await client.api(line, replyMs)
    if (!kind.test(response)) throw new Error(`${line}: ${response}`)
    return response
  }

  async function prepare(): Promise<void> {
    // Filters are alternatives (mod_event_socket.c, event_handler). esl-lite subscribes to events of every
    // channel on the switch; the last command ends that.
    const commands = [
      'filter Event-Name BACKGROUND_JOB',
      `filter variable_belplan_node ${belplanNode}`,
      'nixevent CHANNEL_EXECUTE_COMPLETE CUSTOM',
    ]
    const failed = (await Promise.all(commands.map((line) => client.command(line, replyMs)))).find(Boolean)
    if (failed !== undefined) return end(failed)
    options.onReady(await client.api('version', replyMs), await core())
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
    exists: async (uuid) => (await query(`uuid_exists ${uuid}`, /^(true|false)$/)) === 'true',
    hasModule: async (name) => (await query(`module_exists ${name}`, /^(true|false)$/)) === 'true',
    core,
    end: () => end('closed'),
  }
}

/** Reads CHANNEL_HANGUP_COMPLETE; undefined when its headers are not those of a channel. */
function readEnd(headers: Readonly<Record<string, unknown>>): SeenEnd | undefined {
  const id = headers['Unique-ID']
  if (typeof id !== 'string') return undefined
  const cause = headers['Hangup-Cause']
  // Microseconds since 1970, 0 for never (switch_caller.c, switch_caller_profile_event_set_data).
  const from = Number(headers['Caller-Channel-Bridged-Time'])
  const to = Number(headers['Caller-Channel-Hangup-Time'])
  const talked = from > 0 && to >= from ? { talkMs: Math.round((to - from) / 1000) } : undefined
  const recording = talked && readRecording(headers)
  return {
    ...{ id, cause: typeof cause === 'string' ? cause : 'NORMAL_UNSPECIFIED' },
    ...talked,
    ...(recording && { recording }),
  }
}

/** The reason in a line of esl-lite's log. */
function reasonIn(line: string): string {
  const { code, msg } = JSON.parse(line) as { code?: string; msg?: string }
  return code ?? msg ?? 'failed'
}
