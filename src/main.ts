#!/usr/bin/env node
/** The process: version check, signals, last resorts, exit code. Nothing else reads its arguments, its environment or its signals. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { isatty } from 'node:tty'
import type { Io, Lines, Signal } from './cli/index.ts'

const signals: readonly Signal[] = ['SIGHUP', 'SIGTERM', 'SIGINT']
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`belplan needs Node.js 22.19 or newer; this is ${process.versions.node}.`)
  process.exitCode = 2
} else {
  lastResorts()
  // Only now: an older Node.js cannot even load it.
  const { gatherLines, run } = await import('./cli/index.ts')
  const output = gatherLines((text) => process.stdout.write(text))
  process.on('exit', output.flush)
  process.exitCode = await run(process.argv.slice(2), io(output))
  output.flush()
  // A socket that lingers must not keep the process.
  process.stdout.write('', () => process.exit())
}

function io(output: Lines): Io {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const mayColour = process.env['NO_COLOR'] === undefined
  // Not `isTTY`, which is undefined for what is none: colours would then be asked of the environment.
  const isTerminal = isatty(process.stdout.fd)
  return {
    out: output.add,
    err(line) {
      output.flush()
      process.stderr.write(`${line}\n`)
    },
    ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
    env: process.env,
    cwd: process.cwd(),
    isTerminal,
    colour: isTerminal && mayColour,
    errColour: isatty(process.stderr.fd) && mayColour,
    version,
    signals(listener) {
      signals.forEach((signal) => process.on(signal, listener))
      return () => signals.forEach((signal) => process.off(signal, listener))
    },
    exit: (code) => process.exit(code),
  }
}

/** On stderr: the output may go to a file. */
async function ask(question: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)))
  try {
    return await Promise.race([lines.question(question).catch(() => undefined), closed])
  } finally {
    lines.close()
  }
}

/**
 * An unhandled rejection concerns one call or one request, and the others go on. An uncaught exception leaves the
 * process in an unknown state: it ends, and other controllers take its calls.
 */
function lastResorts(): void {
  process.on('unhandledRejection', (reason) => log(50, 'unhandled rejection', reason))
  process.on('uncaughtException', (error) => {
    log(60, 'uncaught exception', error)
    process.exit(1)
  })
  // The reader of the output has ended, such as `head` of `belplan schema | head`, or a log reader: calls go on.
  process.stdout.on('error', () => undefined)
}

/** `level`: as pino's. */
function log(level: number, msg: string, reason: unknown): void {
  const error = reason instanceof Error ? reason : { message: String(reason), stack: undefined }
  const { message, stack } = error
  process.stderr.write(`${JSON.stringify({ level, time: Date.now(), msg, message, stack })}\n`)
}
