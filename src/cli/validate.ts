/** `belplan validate PATH` */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { type Finding, formatFinding, loadSet, planSetOf } from '../plan/index.ts'
import { FAILED, GOOD, type Io } from './io.ts'
import { planOptions } from './plan-set.ts'
import { printWaits } from './waits.ts'

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
  const { options } = await planOptions(config, io)
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
    errors.forEach((finding) => io.out(line(finding, io)))
    warnings.forEach((finding) => io.out(line({ ...finding, message: `warning: ${finding.message}` }, io)))
  }
  const found = `${count(errors.length, 'error')}, ${count(warnings.length, 'warning')}`
  if (errors.length > 0) {
    io.err(`${path} does not validate: ${found}`)
    return FAILED
  }
  if (waits) printWaits(planSetOf(set, options.defaultCountry), json === true, io)
  if (!json) io.out(`${path} validates: ${found}, revision ${set.revision}`)
  return GOOD
}

function line(finding: Finding, { colour }: Io): string {
  const text = formatFinding(finding)
  if (!colour) return text
  const { bold, red, yellow } = pc.createColors(true)
  const place = formatFinding({ ...finding, message: '' })
  return bold(place) + (finding.message.startsWith('warning: ') ? yellow : red)(text.slice(place.length))
}

const count = (number: number, what: string): string => `${number || 'no'} ${what}${number === 1 ? '' : 's'}`
