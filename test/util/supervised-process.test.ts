/** A process beside the controller that cannot be started for a while. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type FromSupervised, supervise } from '../../src/util/supervised-process.ts'

type ToEcho =
  { readonly say: 'start' } | { readonly say: 'question'; readonly n: number; readonly text: string }

/** One that answers each question with its text. */
async function echo(): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-supervised-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { href } = new URL('../../src/util/supervised-process.ts', import.meta.url)
  const file = join(folder, 'echo.mjs')
  await writeFile(
    file,
    `import { superviseMe } from ${JSON.stringify(href)}
    superviseMe({ name: 'echo', start: () => ({}), take: ({ text }) => text, close: () => undefined })`,
  )
  return pathToFileURL(file)
}

test.for<[string, string, string]>([
  // Node.js says so in a moment, as where there are no processes left.
  ['there is no program for it', 'PATH', '/nowhere'],
  // Node.js throws, as where there is no memory.
  ['its environment is too large', 'TOO_LARGE', 'x'.repeat(200_000)],
])(
  'a process that cannot be started, since %s, is tried again, and answers once it can be',
  async ([, name, value]) => {
    const lines: string[] = []
    const log = (_fields: object, message: string) => void lines.push(message)
    const background = supervise<ToEcho, FromSupervised>({
      ...{ program: await echo(), place: 'behind', name: 'echo', failing: 'nobody answers' },
      ...{ log: { info: log, warn: log, error: log } as never, answerMs: 10_000 },
      start: () => ({ say: 'start' }),
    })
    onTestFinished(() => background.close(5000))
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv(name, value)
    const answer = background.ask<string>((n) => ({ say: 'question', n, text: 'hello' }))
    const ends = () => lines.filter((line) => line === 'echo ended; it is started again')
    await vi.waitFor(() => expect(ends()).toHaveLength(2), { timeout: 10_000 })
    expect(background.isRunning).toBe(false)
    vi.unstubAllEnvs()
    expect(await answer).toBe('hello')
  },
)
