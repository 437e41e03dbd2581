/** Processes that cannot be started. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

test('a process for which there are no open files has ended, and whoever kills it kills nobody', async () => {
  const program = `
    import { closeSync, openSync } from 'node:fs'
    const { startProcess } = await import(${JSON.stringify(new URL('../../src/util/background-process.ts', import.meta.url).href)})
    const used = []
    try { for (;;) used.push(openSync('/dev/null')) } catch {}
    const said = []
    const child = startProcess(new URL('file:///nowhere.js'), 'apart')
    child.send({ say: 'start' }, () => undefined)
    child.kill('SIGKILL')
    child.on('error', ({ code }) => said.push(code))
    child.on('exit', () => {
      used.forEach(closeSync)
      console.log(JSON.stringify([child.pid ?? 'no pid', ...said, 'exit']))
    })`
  const shell = ['-c', 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"', process.execPath, program]
  // In a group of its own: a signal to process 0 reaches all of it.
  const child = spawn('sh', shell, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
  expect(JSON.parse(output)).toEqual(['no pid', 'EMFILE', 'exit'])
})
