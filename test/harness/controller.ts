/** Whole controllers in this process, each on free ports, with its configuration, plans and records on disk. */
import { mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pino, type Logger } from 'pino'
import { startController, type Controller as Started } from '../../src/controller/controller.ts'
import { loadConfig } from '../../src/config/config.ts'
import { createFormReader } from '../../src/plan/loading/document-form.ts'
import { createSetName } from '../../src/plan/revisions/set-name.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { hashOfBody, openLocalCopy } from '../../src/shared-plans/local-copy.ts'
import { removeFolder } from './remove-folder.ts'

type Json = Record<string, unknown>

export interface StartOptions {
  /** The plan set, by document's name, in a new folder; with a `store` it is what this machine has kept. */
  readonly documents?: Record<string, Json>
  /** Instead: a folder that is there, for a second controller or a second start. */
  readonly folder?: string
  /** Of belplan.json; its ports are 0 unless they are named. */
  readonly config?: Json
  readonly log?: Logger
  readonly env?: Readonly<Record<string, string>>
  readonly random?: () => number
  readonly console?: URL
}

export interface Controller extends Omit<Started, 'api'> {
  readonly folder: string
  readonly apiUrl: string
  /** A request to the API: status and JSON. */
  api(path: string, init?: RequestInit): Promise<[number, unknown]>
  /** Puts a document in its place on disk; a text is written as it is. */
  put(name: string, document: Json | string): Promise<void>
  /** Of the journal. */
  records(): Promise<CallRecord[]>
}

export interface Controllers {
  /** A new folder with a plan set. */
  folder(documents: Record<string, Json>): Promise<string>
  /** Rejects as loadConfig and startController do. */
  start(options: StartOptions): Promise<Controller>
  /** Stops them all, and removes their folders. */
  end(): Promise<void>
}

/** A document that rings 215. */
export const oneBridge = (number: string): Json => ({
  domain: 'acme.example',
  plans: { main: { numbers: [number], steps: [{ type: 'bridge', destination: '215', ringSeconds: 5 }] } },
})

export function createControllers(): Controllers {
  const started: Started[] = []
  const folders: string[] = []

  async function newFolder(documents: Record<string, Json>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'belplan-controller-'))
    folders.push(folder)
    await mkdir(join(folder, 'plans'))
    for (const [name, document] of Object.entries(documents)) await putDocument(folder, name, document)
    return folder
  }

  return {
    folder: newFolder,
    async start({
      documents = {},
      config = {},
      log = pino({ level: 'silent' }),
      env = {},
      random,
      console,
      ...options
    }) {
      const folder = options.folder ?? (await newFolder(documents))
      const file = join(folder, 'belplan.json')
      const { esl, api, ...rest } = config as { esl?: Json; api?: Json }
      if ('store' in rest && Object.keys(documents).length > 0) keepPlans(join(folder, 'data'), documents)
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
      const loaded = await loadConfig({ file, env, cwd: folder })
      const controller = await startController(loaded, {
        ...{ log, version: '1.2.3', env },
        ...(random && { random }),
        ...(console && { console }),
      })
      started.push(controller)
      return {
        ...controller,
        folder,
        apiUrl: `http://127.0.0.1:${controller.api.port}`,
        async api(path, init) {
          const response = await fetch(`http://127.0.0.1:${controller.api.port}${path}`, init)
          return [response.status, await response.json()]
        },
        put: (name, document) => putDocument(folder, name, document),
        records: () => recordsIn(join(folder, 'data', 'journal')),
      }
    },
    async end() {
      await Promise.all(started.splice(0).map((controller) => controller.stop()))
      folders.splice(0).forEach(removeFolder)
    },
  }
}

async function putDocument(folder: string, name: string, document: Json | string): Promise<void> {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  const file = join(folder, 'plans', `${name}.json`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

/** As a machine has them that has followed the database: it starts from them, whether there is one or not. */
function keepPlans(data: string, documents: Record<string, Json>): void {
  const reader = createFormReader({ defaultCountry: 'NL' })
  const copy = openLocalCopy({ data, reader })
  const names = createSetName()
  const bodies = Object.entries(documents).map(([name, document]) => ({
    name,
    body: JSON.stringify(document),
  }))
  for (const { name, body } of bodies) names.set(name, reader.read(name, body).hash)
  copy.keep(bodies.map(({ body }) => ({ part: 'document', body })))
  copy.append(
    { seq: 1, revision: names.revision(), atMs: Date.now(), what: 'push' },
    bodies.map(({ name, body }) => ({ part: 'document', name, hash: hashOfBody(body) })),
  )
  while (!copy.prepare());
  copy.close()
}

async function recordsIn(journal: string): Promise<CallRecord[]> {
  const files = (await readdir(journal)).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(journal, file), 'utf8')))
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as CallRecord)
}
