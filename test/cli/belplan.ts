import { tmpdir } from 'node:os'
import type { Io } from '../../src/cli/io.ts'
import { run } from '../../src/cli/program.ts'

/** What a command printed, and its exit code. */
export async function belplan(args: readonly string[], more: Partial<Io> = {}) {
  const [out, err]: [string[], string[]] = [[], []]
  const io: Io = {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env: {},
    cwd: tmpdir(),
    isTerminal: false,
    colour: false,
    errColour: false,
    version: '1.2.3',
    signals: () => () => undefined,
    exit: () => undefined,
    ...more,
  }
  const code = await run(args, io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}
