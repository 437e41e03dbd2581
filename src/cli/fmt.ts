/** `belplan fmt PATH…` */
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { type LocatedFault, readJson } from '../json/index.ts'
import { BelplanError, fileReason } from '../util/errors.ts'
import { printable } from '../util/printable.ts'
import { replaceFile } from '../util/replace-file.ts'
import { FAILED, GOOD, type Io } from './io.ts'
import { layOutAs } from './lay-out-as.ts'

interface Options {
  readonly check?: boolean
  readonly json?: boolean
}

export function addFmt(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('fmt')
    .description('lays documents and their tests out as everybody does')
    .argument('<path...>', 'folders of documents, or single ones')
    .option('--check', 'changes nothing; names the files that would change, and fails where there are any')
    .option('--json', 'one JSON object a line')
    .action(async (paths: readonly string[], options: Options) => done(await fmt(paths, options, io)))
}

async function fmt(paths: readonly string[], { check, json }: Options, io: Io): Promise<number> {
  const ends: End[] = []
  for (const path of paths) {
    for (const file of await filesIn(path, io.cwd)) {
      const end = await layOutFile(file, check === true, io)
      ends.push(end)
      if (json) io.out(JSON.stringify({ file, ...end }))
      else if (end.faults) end.faults.forEach((fault) => io.err(line(file, fault)))
      else if (end.changed) io.out(printable(file))
    }
  }
  const count = (is: (end: End) => boolean | undefined) => ends.filter(is).length
  const changed = count((end) => end.changed)
  const faulty = count((end) => end.faults !== undefined)
  if (!json && check && changed > 0)
    io.err(`to be laid out: ${changed} of ${ends.length}; leave out --check to do it`)
  return faulty > 0 || (check && changed > 0) ? FAILED : GOOD
}

/** `changed`: with `--check`, would change. */
interface End {
  readonly changed: boolean
  readonly faults?: readonly LocatedFault[]
}

/** What cannot be read is left as it is. */
async function layOutFile(file: string, check: boolean, { cwd }: Io): Promise<End> {
  // A link stays one.
  const path = await realpath(resolve(cwd, file))
  const bytes = await readFile(path)
  const { faults } = readJson(bytes)
  if (faults.length > 0) return { changed: false, faults }
  const text = bytes.toString()
  const laidOut = await layOutAs(file, text)
  if (laidOut !== text && !check) await replaceFile(path, laidOut, (await stat(path)).mode & 0o7777)
  return { changed: laidOut !== text }
}

/** Documents and tests, as `path` names them. What is hidden is passed over as in a plan set; so are links. */
async function filesIn(path: string, cwd: string): Promise<string[]> {
  const absolute = resolve(cwd, path)
  const about = await stat(absolute).catch((error: unknown) => {
    throw new BelplanError('plans', `cannot read ${path}: ${fileReason(error)}`, [], error)
  })
  if (!about.isDirectory()) return [path]
  const files: string[] = []
  for (const entry of await readdir(absolute, { withFileTypes: true })) {
    const inside = join(path, entry.name)
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) files.push(...(await filesIn(inside, cwd)))
    else if (entry.isFile() && entry.name.endsWith('.json')) files.push(inside)
  }
  return files.sort()
}

function line(file: string, { line, column, message }: LocatedFault): string {
  return printable(`${file}:${line}:${column} ${message}`)
}
