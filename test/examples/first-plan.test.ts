/** docs/first-plan.md: its commands are run as they stand there, but for the ports, and print what stands behind them. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freeTcpPorts } from '../harness/ports.ts'
import { createProcessGroup, type ProcessGroup } from '../harness/processes.ts'

const root = resolve(import.meta.dirname, '../..')

interface Command {
  readonly text: string
  /** Lines that it prints, in this order, perhaps among others. */
  readonly prints: readonly string[]
}

function commandsIn(page: string): Command[] {
  const blocks = [...page.matchAll(/^```(sh)?\n([\s\S]*?)^```\n/gm)]
  return blocks.flatMap(([, language, text = ''], i) => {
    if (language === undefined) return []
    const [, isOther, printed = ''] = blocks[i + 1] ?? []
    return [{ text, prints: isOther === undefined ? printed.split('\n').slice(0, -1) : [] }]
  })
}

let folder: string
let processes: ProcessGroup
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-first-plan-'))
  processes = createProcessGroup()
})
afterEach(async () => {
  await processes.end()
  await rm(folder, { recursive: true })
})

/** Some ten programs, one after the other. */
const TIMEOUT_MS = 60_000

const MARK = '== the next command'

/** Runs them in one shell in an empty folder; resolves with what each printed, once all have ended well. */
async function run(commands: readonly string[]): Promise<string[]> {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await mkdir(join(folder, 'work'))
  await writeFile(join(bin, 'belplan'), `#!/bin/sh\nexec "${process.execPath}" "${root}/src/main.ts" "$@"\n`)
  await chmod(join(bin, 'belplan'), 0o755)
  const lines = commands.flatMap((command) => [command, `echo '${MARK}'`])
  // The controller ends with the shell.
  await writeFile(join(folder, 'script'), ['set -e', "trap 'kill %1; wait' EXIT", ...lines, ''].join('\n'))
  const { exit, tail } = processes.run('bash', [join(folder, 'script')], {
    cwd: join(folder, 'work'),
    logFile: join(folder, 'log'),
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  })
  expect(await exit, tail(20)).toBe(0)
  return (await readFile(join(folder, 'log'), 'utf8')).split(`${MARK}\n`)
}

test(
  'ten commands lead from an empty folder to a plan that is tested, published and called',
  async () => {
    const page = await readFile(join(root, 'docs/first-plan.md'), 'utf8')
    const commands = commandsIn(page)
    expect(commands).toHaveLength(10)
    const [api, esl] = await freeTcpPorts(2)
    const printed = await run(
      commands.map(({ text }) => text.replaceAll('8080', String(api)).replaceAll('8084', String(esl))),
    )
    for (const [i, { prints }] of commands.entries()) {
      const found = printed[i]!.split('\n').filter((line) => prints.includes(line))
      expect(found, commands[i]!.text).toEqual(prints)
    }
    const [reloaded] = printed[8]!.split('\n')
    expect(JSON.parse(reloaded!)).toMatchObject({ documents: 2, numbers: 2, heldBack: [] })
    expect(commands.filter(({ prints }) => prints.length > 0)).toHaveLength(7)
  },
  TIMEOUT_MS,
)
