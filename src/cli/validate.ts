/** `belplan validate PATH` */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { type Finding, formatFinding, loadSet, planSetOf } from '../plan/index.ts'
import { FAILED, GOOD, type Io } from './io.ts'
import { planOptions } from './plan-set.ts'
import { placeOf } from './trials.ts'
import { printWaits } from './waits.ts'
import { wrap } from './wrap.ts'

interface Options {
  readonly config?: string
  readonly waits?: boolean
  readonly json?: boolean
}

export function addValidate(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('validate')
    .description('checks a plan set and prints every error and warning')
    .argument('<path>', 'a folder of documents, or a single one')
    .option('--config <file>', 'checks against this configuration, too: contexts, grants, limits, routes')
    .option('--waits', 'says how long callers can wait, on each way through each plan')
    .option('--json', 'one JSON object a line')
    .action(async (path: string, options: Options) => done(await validate(path, options, io)))
}

async function validate(path: string, { config, waits, json }: Options, io: Io): Promise<number> {
  const { options, config: read } = await planOptions(config, io)
  const absolute = resolve(io.cwd, path)
  const set = await loadSet(absolute, options)
  // With the path as the user wrote it.
  const named = (finding: Finding): Finding => ({
    ...finding,
    file: finding.file.replace(absolute, path.replace(/\/+$/, '')),
  })
  const [errors, warnings] = [set.errors.map(named), set.warnings.map(named)]
  if (json) {
    errors.forEach((finding) => io.out(JSON.stringify({ severity: 'error', ...finding })))
    warnings.forEach((finding) => io.out(JSON.stringify({ severity: 'warning', ...finding })))
  } else {
    errors.forEach((finding) => print(finding, io))
    warnings.forEach((finding) => print({ ...finding, message: `warning: ${finding.message}` }, io))
  }
  const found = `${count(errors.length, 'error')}, ${count(warnings.length, 'warning')}`
  if (errors.length > 0) {
    io.err(`${path} does not validate: ${found}`)
    return FAILED
  }
  if (waits) printWaits(planSetOf(set, options.defaultCountry), json === true, io)
  if (json) return GOOD
  io.out(`${path} validates: ${found}, revision ${set.revision}`)
  if (read.requireTests)
    io.out(`tests are required to serve, and were not run: belplan test ${placeOf(path, config)}`)
  return GOOD
}

/** On one line where programs may read it. */
function print(finding: Finding, { out, isTerminal, colour }: Io): void {
  const { bold, red, yellow } = pc.createColors(colour)
  const text = formatFinding(finding)
  const [first = '', ...more] = isTerminal ? wrap(text, '') : [text]
  const place = formatFinding({ ...finding, message: '' }).length
  const paint = finding.message.startsWith('warning: ') ? yellow : red
  out(bold(first.slice(0, place)) + paint(first.slice(place)))
  for (const line of more) out(paint(line))
}

const count = (number: number, what: string): string => `${number || 'no'} ${what}${number === 1 ? '' : 's'}`
