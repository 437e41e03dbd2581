/** `belplan plans push`: has the database of `config.store` serve these documents. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Documents } from './controller-process.ts'
import type { Run } from './processes.ts'

const main = resolve(import.meta.dirname, '../../src/main.ts')

/** In a process of its own, before there is a controller. Rejects with what it printed. */
export async function pushPlans(
  run: Run,
  folder: string,
  config: object,
  documents: Documents,
): Promise<void> {
  const plans = join(folder, 'plans')
  mkdirSync(plans, { recursive: true })
  for (const [name, document] of Object.entries(documents))
    writeFileSync(join(plans, `${name}.json`), JSON.stringify(document))
  const file = join(folder, 'belplan.json')
  writeFileSync(file, JSON.stringify({ ...config, data: 'data' }))
  const logFile = join(folder, 'push.out')
  const pushing = run(process.execPath, [main, 'plans', 'push', plans, '--config', file], {
    cwd: folder,
    logFile,
  })
  if ((await pushing.exit) !== 0) throw new Error(`plans push:\n${pushing.tail(20)}`)
}
