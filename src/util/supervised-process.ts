/** A program of ours that runs beside the controller for as long as it does, answers questions, and is started again when it ends. */
import type { ChildProcess } from 'node:child_process'
import type { Logger } from 'pino'
import { startProcess } from './background-process.ts'
import { within } from './within.ts'

/** What any such program says; `n` is the number of a question, which its answer has as well. */
export type FromSupervised =
  | { readonly say: 'answer'; readonly n: number; readonly answer: unknown }
  | { readonly say: 'unanswered'; readonly n: number; readonly reason: string }
  | {
      readonly say: 'log'
      readonly level: 'info' | 'warn' | 'error'
      readonly fields: object
      readonly message: string
    }

interface Told {
  readonly say: string
  readonly n?: number
}

export interface SupervisedOptions<To extends Told, From extends Told> {
  /** A module, which takes messages as `superviseMe` does. */
  readonly program: URL
  readonly place: 'behind' | 'apart'
  /** In the log: `the process for events`. */
  readonly name: string
  /** What it cannot do when it does not answer: `events cannot be read`. */
  readonly failing: string
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** The first message; `again`: another process was there before. */
  readonly start: (again: boolean) => To
  /** Of messages of its own. */
  readonly onMessage?: (message: From) => void
  readonly onExit?: () => void
  /** For an answer. */
  readonly answerMs: number
}

export interface Supervised<To extends Told> {
  readonly isRunning: boolean
  /** Starts the process, unless it runs or is about to be started again. */
  ensure(): void
  /** To a process that runs. What does not arrive is not sent again. */
  post(message: To): void
  /**
   * Starts the process where it does not run. Asked again of the next process when it ends. Rejects where it cannot answer, and with
   * LateAnswer where it does not in time.
   */
  ask<T>(question: (n: number) => To): Promise<T>
  /** Waits `withinMs` for the process to end; it may take longer. */
  close(withinMs: number): Promise<void>
}

/** No answer came in time: what was asked for may yet be done. */
export class LateAnswer extends Error {
  constructor(failing: string) {
    super(`${failing}: no answer in time`)
    this.name = 'LateAnswer'
  }
}

interface Question<To> {
  readonly message: To
  answer(answer: never): void
  fail(reason: string): void
}

const RESTART_MS = 1000

export function supervise<To extends Told, From extends Told>(
  options: SupervisedOptions<To, From>,
): Supervised<To | { readonly say: 'close' }> {
  const { program, place, name, failing, log, start, onMessage, onExit, answerMs } = options
  /** Asked again of the next process if this one ends. */
  const unanswered = new Map<number, Question<To | { readonly say: 'close' }>>()
  let n = 0
  let child: ChildProcess | undefined
  let isBegun = false
  let closing = false
  let restarting = false

  function post(message: To | { readonly say: 'close' }): void {
    child?.send(message, () => undefined)
  }

  function ensure(): void {
    if (!child && !closing && !restarting) begin()
  }

  function take(message: FromSupervised | From): void {
    if (isOwn(message)) onMessage?.(message)
    else if (message.say === 'answer') unanswered.get(message.n)?.answer(message.answer as never)
    else if (message.say === 'unanswered') unanswered.get(message.n)?.fail(message.reason)
    else log[message.level](message.fields, message.message)
  }

  const isOwn = (message: FromSupervised | From): message is From =>
    !['answer', 'unanswered', 'log'].includes(message.say)

  function begin(): void {
    const again = isBegun
    isBegun = true
    const begun = startProcess(program, place)
    child = begun
    begun.on('message', take)
    begun.on('error', (error) => log.error({ err: error }, name))
    begun.once('exit', (code, signal) => {
      child = undefined
      onExit?.()
      if (closing) return
      log.error({ code, signal }, `${name} ended; it is started again`)
      restarting = true
      setTimeout(() => {
        restarting = false
        ensure()
      }, RESTART_MS)
    })
    post(start(again))
    for (const { message } of unanswered.values()) post(message)
  }

  return {
    get isRunning() {
      return child !== undefined
    },
    ensure,
    post,
    async ask<T>(question: (n: number) => To): Promise<T> {
      const number = ++n
      const message = question(number)
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      const fail = (reason: string) => reject(new Error(`${failing}: ${reason}`))
      unanswered.set(number, { message, answer: resolve, fail })
      const late = setTimeout(() => reject(new LateAnswer(failing)), answerMs).unref()
      if (child) post(message)
      else ensure()
      try {
        return await promise
      } finally {
        clearTimeout(late)
        unanswered.delete(number)
      }
    },
    async close(withinMs) {
      closing = true
      const ended = child
      if (!ended) return
      const gone = new Promise((resolve) => ended.once('exit', resolve))
      post({ say: 'close' })
      // It goes on for a moment, with what it is at.
      if (!(await within(withinMs, gone)) && ended.connected) ended.disconnect()
    },
  }
}

/** In the process: says something to its controller. */
export const sayToController = (message: Told): void => void process.send?.(message, () => undefined)

/** In the process: a line in the controller's log. Of an error under `err` it has the message and the code. */
export function logAtController(level: 'info' | 'warn' | 'error', fields: object, message: string): void {
  const { err, ...rest } = fields as { err?: unknown }
  const { message: reason, code } = (err ?? {}) as { message?: string; code?: string }
  const line: FromSupervised = {
    say: 'log',
    level,
    fields: { ...rest, ...(err !== undefined && { reason, code }) },
    message,
  }
  sayToController(line)
}

export interface Program<To extends Told, Running> {
  /** In the log: `the process for events`. */
  readonly name: string
  /** Takes the first message. */
  readonly start: (message: Extract<To, { say: 'start' }>) => Running
  /**
   * Takes any other; its result answers a question. `notAnswered` answers none.
   */
  readonly take: (message: Exclude<To, { say: 'start' | 'close' }>, running: Running) => unknown
  readonly close: (running: Running) => Promise<void> | void
  /** Its controller is gone, and answers nothing any more. */
  readonly orphaned?: (running: Running) => void
}

/** Of a message that is no question. */
export const notAnswered = Symbol('not answered')

/** In the process: takes messages, from `start` to `close`, and ends with its controller. */
export function superviseMe<To extends Told, Running>(program: Program<To, Running>): void {
  const { name, start, take, close, orphaned } = program
  // Callers' numbers are in its files: nobody else on the machine reads them.
  process.umask(0o027)
  let running: Running | undefined
  let ending: Promise<void> | undefined

  function end(): void {
    ending ??= Promise.resolve(running && close(running))
      .catch((error: unknown) => logAtController('error', { err: error }, `${name} not closed`))
      .finally(() => process.exit(0))
  }

  async function answer(message: Exclude<To, { say: 'start' | 'close' }>, by: Running): Promise<void> {
    const { n } = message
    const say = (told: FromSupervised) => sayToController(told)
    try {
      const answer = await take(message, by)
      if (answer !== notAnswered && n !== undefined) say({ say: 'answer', n, answer })
    } catch (error) {
      logAtController('error', { err: error }, `${name} failed`)
      if (n !== undefined) say({ say: 'unanswered', n, reason: (error as Error).message })
    }
  }

  process.on('message', (message: To) => {
    if (message.say === 'close') return end()
    if (message.say !== 'start')
      return void (running && answer(message as Exclude<To, { say: 'start' | 'close' }>, running))
    try {
      running = start(message as Extract<To, { say: 'start' }>)
    } catch (error) {
      logAtController('error', { err: error }, `${name} failed`)
      process.exit(1)
    }
  })
  process.on('disconnect', () => {
    end()
    if (running) orphaned?.(running)
  })
  if (!process.connected) end()
  // Sent to all processes of a service: the controller says when.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
}
