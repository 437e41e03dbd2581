#!/usr/bin/env node
/** The process: version check, signals, last resorts, exit code. Nothing else touches `process`. */
import { readFileSync } from 'node:fs'
import { gatherLines, type Io, type Signal } from './cli/index.ts'

const signals: readonly Signal[] = ['SIGHUP', 'SIGTERM', 'SIGINT']
const output = gatherLines((text) => process.stdout.write(text))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`belplan needs Node.js 22.19 or newer; this is ${process.versions.node}.`)
  process.exitCode = 2
} else {
  lastResorts()
  // Only now: what is behind it may use what an older Node.js does not have.
  const { run } = await import('./cli/program.ts')
  process.exitCode = await run(process.argv.slice(2), io())
  output.flush()
  // Nothing is waited for any more: a socket that lingers must not keep the process.
  process.stdout.write('', () => process.exit())
}

function io(): Io {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const wanted = process.env['NO_COLOR'] === undefined
  return {
    out: output.add,
    err(line) {
      output.flush()
      process.stderr.write(`${line}\n`)
    },
    env: process.env,
    cwd: process.cwd(),
    colour: process.stdout.isTTY && wanted,
    errColour: process.stderr.isTTY && wanted,
    version,
    signals(listener) {
      signals.forEach((signal) => process.on(signal, listener))
      return () => signals.forEach((signal) => process.off(signal, listener))
    },
    exit: (code) => process.exit(code),
  }
}

/**
 * A promise that nobody waited for concerns one call or one request, and the others go on. An exception that
 * nobody caught leaves the process in a state that nobody knows: it ends, and other controllers take its calls.
 */
function lastResorts(): void {
  process.on('exit', output.flush)
  process.on('unhandledRejection', (reason) => {
    process.stderr.write(
      `${JSON.stringify({ level: 50, time: Date.now(), msg: 'unhandled rejection', ...told(reason) })}\n`,
    )
  })
  process.on('uncaughtException', (error) => {
    process.stderr.write(
      `${JSON.stringify({ level: 60, time: Date.now(), msg: 'uncaught exception', ...told(error) })}\n`,
    )
    process.exit(1)
  })
  // Whoever read our output is gone: `belplan schema | head`, or a log reader that died. Calls go on.
  process.stdout.on('error', () => undefined)
}

function told(reason: unknown): { message: string; stack?: string } {
  if (!(reason instanceof Error)) return { message: String(reason) }
  return { message: reason.message, ...(reason.stack !== undefined && { stack: reason.stack }) }
}
