/**
 * Kills a controller at random moments of a reload, a PUT of a document and a rollback, and starts it again: what serves
 * then is the set before or the one after, whole, calls find it, and the audit says which.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { placeCall } from '../../../src/simulator/place-call.ts'
import { startControllerProcess, type ControllerProcess } from '../../harness/controller-process.ts'
import { steadyPorts } from '../../harness/ports.ts'
import { createProcessGroup } from '../../harness/processes.ts'
import { figure, holds, isKept, none, type Verdict } from '../verdict.ts'
import { removeFolder } from '../../harness/remove-folder.ts'

const NUMBER = '+31502100000'
/** A call tells which generation of the document `probe` it found. */
const CAUSES = ['USER_BUSY', 'CALL_REJECTED', 'NO_ANSWER', 'UNALLOCATED_NUMBER', 'NORMAL_TEMPORARY_FAILURE']

type Documents = Readonly<Record<string, object>>

const probe = (generation: number) => ({
  plans: {
    main: { numbers: [NUMBER], steps: [{ type: 'hangup', cause: CAUSES[generation % CAUSES.length] }] },
  },
})
const customer = (index: number, generation: number) => ({
  plans: {
    main: {
      numbers: [`+3188${1_000_000 + index}`],
      steps: [
        { type: 'callername', mode: 'replace', text: `generation ${generation}` },
        { type: 'bridge', destination: '201' },
      ],
    },
  },
})

function setOf(documents: number, generation: number): Documents {
  const customers = Array.from({ length: documents }, (_, i) => [`c${i}`, customer(i, generation)] as const)
  return { ...Object.fromEntries(customers), probe: probe(generation) }
}

export interface PublishOptions {
  /** How many times it is killed. */
  readonly moments: number
  /** Customers' documents beside the one that is called. */
  readonly documents: number
}

/** What serves, as clients and callers see it. */
interface Seen {
  readonly revision: string
  readonly state: string
  readonly documents: string
  readonly cause: string | undefined
}

const whats = ['reload', 'put', 'rollback'] as const
type What = (typeof whats)[number]

export async function publish({ moments, documents }: PublishOptions): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-publish-'))
  const { run, end } = createProcessGroup()
  const [eslPort, apiPort] = (await steadyPorts(2)) as [number, number]
  const data = join(folder, 'controller', 'data')
  const faults: string[] = []
  const ended: Record<What, { before: number; after: number }> = {
    reload: { before: 0, after: 0 },
    put: { before: 0, after: 0 },
    rollback: { before: 0, after: 0 },
  }
  /** The set on disk; where a PUT may have put another document, what is there is read. */
  let onDisk = setOf(documents, 0)
  let generation = 0
  let verdict: Verdict | undefined
  try {
    const controller = await startControllerProcess({
      ...{ folder: join(folder, 'controller'), run, apiPort },
      config: { defaultCountry: 'NL', log: 'warn', esl: { host: '127.0.0.1', port: eslPort } },
      documents: () => onDisk,
    })
    const api = apiOf(controller)

    async function see(): Promise<Seen> {
      const { revision, state } = (await api('GET', '/plans')) as { revision: string; state: string }
      const text = JSON.stringify(await api('GET', `/plans/revisions/${revision}`))
      if (createHash('sha256').update(text).digest('hex').slice(0, 12) !== revision)
        faults.push(`revision ${revision} is not what its documents are`)
      const { ended: how, cause } = await placeCall(
        { host: '127.0.0.1', port: eslPort },
        { did: NUMBER, attempts: 1, speed: Infinity },
      )
      return { revision, state, documents: text, cause: how === 'hangup' ? cause : how }
    }

    /** Begins a change; resolves with how long it took, or when the controller was killed. */
    async function change(what: What, earlier: string): Promise<void> {
      generation++
      if (what === 'reload') {
        onDisk = setOf(documents, generation)
        controller.write(onDisk)
        await api('POST', '/plans/reload')
      } else if (what === 'put') {
        await api('PUT', '/plans/documents/probe', probe(generation), { 'if-match': '*' })
      } else await api('POST', '/plans/rollback', { to: earlier })
    }

    /** So that disk and service are the same, and there is something to roll back to. */
    async function settle(): Promise<{ earlier: Seen; before: Seen }> {
      await api('POST', '/plans/reload')
      const earlier = await see()
      generation++
      onDisk = setOf(documents, generation)
      controller.write(onDisk)
      await api('POST', '/plans/reload')
      return { earlier, before: await see() }
    }

    const tookMs = {} as Record<What, number>
    for (const what of whats) {
      const { earlier } = await settle()
      const began = performance.now()
      await change(what, earlier.revision)
      tookMs[what] = performance.now() - began
    }

    for (let moment = 0; moment < moments; moment++) {
      const what = whats[moment % whats.length]!
      const { earlier, before } = await settle()
      const killAfterMs = Math.random() * 1.2 * tookMs[what]
      const changing = change(what, earlier.revision).catch(() => undefined)
      await delay(killAfterMs)
      await controller.end('SIGKILL')
      await changing
      const place = `${what} killed after ${killAfterMs.toFixed(1)} ms of ${tookMs[what].toFixed(1)}`
      if (what === 'put') onDisk = readSet(join(folder, 'controller', 'plans'), onDisk, faults, place)
      await controller.start()

      const after = await see()
      const wanted =
        what === 'rollback'
          ? earlier.documents
          : contentOf(what === 'put' ? { ...onDisk, probe: probe(generation) } : onDisk)
      if (after.documents === before.documents) ended[what].before++
      else if (after.documents === wanted) ended[what].after++
      else faults.push(`${place}: what serves is neither the set before nor the one after`)
      const cause = causeIn(after.documents)
      if (after.cause !== cause)
        faults.push(`${place}: a call found ${String(after.cause)}, and not ${cause}`)
      judgeAudit(join(data, 'audit.jsonl'), after, place, faults)
    }
    const killed = whats.map((what) =>
      figure(
        `${what}: the set before served again, the one after`,
        `${ended[what].before}, ${ended[what].after}`,
      ),
    )
    verdict = {
      title: `publish: killed at ${moments} random moments, with ${documents + 1} documents`,
      rows: [
        figure(
          'reload, PUT and rollback take',
          whats.map((what) => `${Math.round(tookMs[what])} ms`).join(', '),
        ),
        ...killed,
        holds(
          'starts that served one of the two, whole',
          total(ended),
          `${moments}`,
          total(ended) === moments,
        ),
        none('calls, files and lines of the audit that were wrong', faults.length),
      ],
      faults,
    }
    return verdict
  } finally {
    await end()
    if (verdict !== undefined && isKept(verdict)) removeFolder(folder)
    else console.log(`logs and data: ${folder}`)
  }
}

const total = (ended: Readonly<Record<What, { before: number; after: number }>>): number =>
  Object.values(ended).reduce((sum, { before, after }) => sum + before + after, 0)

/** Rejects where there is no answer, or not a good one. */
function apiOf({ apiUrl }: ControllerProcess) {
  return async function ask(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const response = await fetch(apiUrl + path, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = await response.json()
    // On a busy machine it takes longer than a request may: the next one waits for the same work.
    if (response.status === 503) return ask(method, path, body, headers)
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }
}

/** As `/plans/revisions/{id}` has it. */
function contentOf(documents: Documents): string {
  const names = Object.keys(documents).sort()
  return JSON.stringify(names.map((name) => [name, canonical(documents[name])]))
}

/** With sorted keys. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]))
}

function causeIn(documents: string): string | undefined {
  const pairs = JSON.parse(documents) as [string, { plans: { main: { steps: { cause?: string }[] } } }][]
  return pairs.find(([name]) => name === 'probe')?.[1].plans.main.steps[0]?.cause
}

/** Each file is whole, and is what was there or what was put. */
function readSet(plans: string, expected: Documents, faults: string[], place: string): Documents {
  const set: Record<string, object> = {}
  for (const file of readdirSync(plans)) {
    // What a writing that was cut off has left is no document.
    if (!file.endsWith('.json')) continue
    const name = file.replace(/\.json$/, '')
    try {
      set[name] = JSON.parse(readFileSync(join(plans, file), 'utf8')) as object
    } catch {
      faults.push(`${place}: ${file} is not whole`)
    }
  }
  for (const name of Object.keys(expected)) if (!(name in set)) faults.push(`${place}: ${name}.json is gone`)
  return set
}

/** The last line is that of the start, and names what serves; all of them can be read. */
function judgeAudit(file: string, { revision }: Seen, place: string, faults: string[]): void {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  let last: { what?: string; to?: string } = {}
  for (const line of lines) {
    try {
      last = JSON.parse(line) as typeof last
    } catch {
      faults.push(`${place}: a line of the audit cannot be read: ${line}`)
    }
  }
  if (last.what !== 'start' || last.to !== revision)
    faults.push(`${place}: ${revision} serves, and the audit ends with ${JSON.stringify(last)}`)
}
