/** A controller of one's own for a test: in a folder of its own, on free ports. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import { startController, type Controller as Started } from '../../src/controller/controller.ts'
import { loadConfig } from '../../src/config/config.ts'
import type { CallRecord } from '../../src/records/record.ts'

export interface Controller {
  readonly folder: string
  readonly app: Started
  readonly esl: Started['esl']
  /** A request to the API: status and JSON. */
  api(path: string, init?: RequestInit): Promise<[number, unknown]>
  records(): Promise<CallRecord[]>
}

type Json = Record<string, unknown>

export const oneBridge = (number: string): Json => ({
  domain: 'acme.example',
  plans: { main: { numbers: [number], steps: [{ type: 'bridge', destination: '215', ringSeconds: 5 }] } },
})

export class Controllers {
  readonly #apps: Started[] = []
  readonly #folders: string[] = []

  async folder(plans: Record<string, Json>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'belplan-app-'))
    this.#folders.push(folder)
    await mkdir(join(folder, 'plans'))
    for (const [name, plan] of Object.entries(plans)) await writePlan(folder, name, plan)
    return folder
  }

  async start(
    folder: string,
    more: Json = {},
    log: Logger = pino({ level: 'silent' }),
    env: Readonly<Record<string, string>> = {},
  ): Promise<Controller> {
    const file = join(folder, 'belplan.json')
    const { esl, api, ...rest } = more as { esl?: Json; api?: Json }
    await writeFile(
      file,
      JSON.stringify({
        defaultCountry: 'NL',
        esl: { port: 0, ...esl },
        api: { port: 0, ...api },
        routes: [{ match: '^[2-4]\\d\\d$', dial: 'user/{destination}@{domain}' }],
        ...rest,
      }),
    )
    const config = await loadConfig({ file, env, cwd: folder })
    const app = await startController(config, { log, version: '1.2.3', env })
    this.#apps.push(app)
    return {
      folder,
      app,
      esl: app.esl,
      async api(path, init) {
        const response = await fetch(`http://127.0.0.1:${app.api.port}${path}`, init)
        return [response.status, await response.json()]
      },
      records: () => records(folder),
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#apps.splice(0).map((app) => app.stop()))
    await Promise.all(this.#folders.splice(0).map((folder) => rm(folder, { recursive: true })))
  }
}

export async function writePlan(folder: string, name: string, plan: Json | string): Promise<void> {
  const text = typeof plan === 'string' ? plan : JSON.stringify(plan)
  await writeFile(join(folder, 'plans', `${name}.json`), text)
}

async function records(folder: string): Promise<CallRecord[]> {
  const journal = join(folder, 'data', 'journal')
  const files = (await readdir(journal)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(journal, file), 'utf8')))
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as CallRecord)
}
