/** A controller that a test scripts command by command, and a simulated call to it. */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallResult, CallScript } from '../../src/simulator/script.ts'
import type { TimelineEntry } from '../../src/simulator/timeline.ts'
import { eventOf, headerOf, takeFrames, type Frame } from '../esl/frames.ts'

/** The channel's, where a test names it. */
export const ID = '5eceac8d-8e47-4397-b3a6-b264fe22c471'

/** What a controller sets on the caller's leg before it does anything long. */
export const SET_UP = 'socket_resume=false;hangup_after_bridge=true;continue_on_fail=true'

export interface ScriptedCall {
  readonly socket: Socket
  readonly frames: readonly Frame[]
  /** Bytes as they came in. */
  readonly chunks: readonly Buffer[]
  send(text: string): void
  /** Resolves with the first frame, of those not asked for before, that fits. */
  frame(fits: (frame: Frame) => boolean): Promise<Frame>
  /** The next event of that name (and application), as its header block. */
  event(name: string, application?: string): Promise<string>
  /** The next reply, whatever it says. */
  reply(): Promise<Frame>
  /** Opens as a controller does and resolves with the connect reply once the channel is parked. */
  open(): Promise<string>
  execute(application: string, argument?: string, id?: string): void
  /** Executes and waits for the completion. */
  run(application: string, argument?: string): Promise<string>
  api(command: string): Promise<string>
  /** Hangs up, waits for the channel's last event and leaves. */
  hangUp(cause?: string): Promise<void>
}

export interface ScriptedController {
  readonly host: string
  readonly port: number
  /** How many calls came. */
  readonly calls: number
  close(): Promise<void>
}

export interface PlacedCall {
  readonly result: CallResult
  readonly timeline: readonly TimelineEntry[]
  /** Connections that controllers got. */
  readonly connections: number
}

/** Places a call in which time takes no time, with one controller for every connection. */
export async function place(
  script: Partial<CallScript>,
  answer: (call: ScriptedCall, index: number) => Promise<void> | void,
): Promise<PlacedCall> {
  const listening = await scriptedController(answer)
  const timeline: TimelineEntry[] = []
  try {
    const result = await placeCall(listening, {
      did: '+31502100000',
      tickMs: 0,
      speed: Infinity,
      observe: (entry) => timeline.push(entry),
      ...script,
    })
    return { result, timeline, connections: listening.calls }
  } finally {
    await listening.close()
  }
}

/** Listens on loopback; `answer` plays the controller for each call, its index being the second argument. */
export async function scriptedController(
  answer: (call: ScriptedCall, index: number) => Promise<void> | void,
): Promise<ScriptedController> {
  const sockets = new Set<Socket>()
  let calls = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    void answer(scriptedCall(socket), calls++)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get calls() {
      return calls
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** A channel variable of an event, percent-encoded. */
export function variable(event: string, name: string): string | undefined {
  return headerOf(event, `variable_${name}`)
}

function scriptedCall(socket: Socket): ScriptedCall {
  const frames: Frame[] = []
  const chunks: Buffer[] = []
  const taken = new Set<Frame>()
  let unread = ''
  let ids = 0
  let waiting: { fits: (frame: Frame) => boolean; resolve: (frame: Frame) => void }[] = []

  socket.on('data', (chunk) => {
    chunks.push(chunk)
    const { frames: more, rest } = takeFrames(unread + chunk.toString('latin1'))
    unread = rest
    for (const frame of more) {
      frames.push(frame)
      const waiter = waiting.find(({ fits }) => fits(frame))
      if (!waiter) continue
      taken.add(frame)
      waiting = waiting.filter((own) => own !== waiter)
      waiter.resolve(frame)
    }
  })

  const call: ScriptedCall = {
    socket,
    frames,
    chunks,
    send: (text) => void socket.write(text, 'latin1'),
    frame(fits) {
      const ready = frames.find((frame) => !taken.has(frame) && fits(frame))
      if (ready) {
        taken.add(ready)
        return Promise.resolve(ready)
      }
      return new Promise((resolve) => waiting.push({ fits, resolve }))
    },
    async event(name, application) {
      const fits = (frame: Frame): boolean => {
        const event = eventOf(frame)
        if (event === undefined || headerOf(event, 'Event-Name') !== name) return false
        return application === undefined || headerOf(event, 'Application') === application
      }
      return eventOf(await call.frame(fits))!
    },
    reply: () => call.frame(({ head }) => head.startsWith('Content-Type: command/reply')),
    async open() {
      const nixed = 'CHANNEL_EXECUTE CHANNEL_ANSWER CHANNEL_STATE CHANNEL_CREATE CHANNEL_HANGUP'
      call.send(`myevents\n\nnixevent ${nixed}\n\nlinger 5\n\nconnect\n\n`)
      const connected = await call.event('CHANNEL_DATA')
      await call.event('CHANNEL_PARK')
      return connected
    },
    execute(application, argument, id = `id-${(ids += 1)}`) {
      const data = argument === undefined ? '' : `execute-app-arg: ${argument}\n`
      call.send(
        `sendmsg\ncall-command: execute\nexecute-app-name: ${application}\n${data}event-lock: true\nEvent-UUID: ${id}\n\n`,
      )
    },
    run(application, argument) {
      const completed = call.event('CHANNEL_EXECUTE_COMPLETE', application)
      call.execute(application, argument)
      return completed
    },
    async hangUp(cause) {
      call.execute('hangup', cause)
      await call.event('CHANNEL_HANGUP_COMPLETE')
      call.send('exit\n\n')
    },
    async api(command) {
      call.send(`api ${command}\n\n`)
      return (await call.frame(({ head }) => head.startsWith('Content-Type: api/response'))).body
    },
  }
  return call
}
