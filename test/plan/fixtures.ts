/** Plan sets for tests: fixtures with what is expected of them, and sets made on the spot. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { oneOf } from '../../src/json/index.ts'
import { definitions } from '../../src/plan/steps/index.ts'
import type { Finding } from '../../src/plan/loading/finding.ts'
import type { LoadedSet, LoadOptions } from '../../src/plan/loading/load-set.ts'
import type { PlanDocument } from '../../src/plan/document.ts'

export const plans = join(import.meta.dirname, '../fixtures/plans')

/** What the operator's configuration says in all tests: ACME_KEY and UNSET_KEY are granted, ACME_KEY is set. */
export function optionsFor(...documents: string[]): LoadOptions {
  return {
    defaultCountry: 'NL',
    grants: {
      mayRecord: true,
      transferContexts: ['default', 'internal'].map((context) => ({ context, extensions: '.*' })),
      mailboxes: [{ mailboxes: '2\\d\\d' }],
      queues: [{ queues: 'sales|support@acme\\.example' }],
      env: Object.fromEntries(documents.map((name) => [name, ['ACME_KEY', 'UNSET_KEY']])),
    },
    envIsSet: (name) => name === 'ACME_KEY',
    maxTimeoutSeconds: 8,
  }
}

/** By name, as calls are served. */
export function documentsOf({ documents }: LoadedSet): ReadonlyMap<string, PlanDocument> {
  return new Map(documents.map(({ name, served }) => [name, JSON.parse(served.text) as PlanDocument]))
}

export interface ExpectedFinding {
  /** line:column */
  readonly at: string
  readonly pointer: string
  /** What the message begins with. */
  readonly says: string
}

export async function expectations<T>(folder: 'bad' | 'warned'): Promise<[string, T][]> {
  const text = await readFile(join(plans, folder, 'expected.json'), 'utf8')
  const types = JSON.stringify(oneOf(Object.keys(definitions))).slice(1, -1)
  return Object.entries(JSON.parse(text.replace('{step types}', types)) as Record<string, T>)
}

/** The findings in the form of `expected`, their messages cut where those end. */
export function compared(
  findings: readonly Finding[],
  expected: readonly ExpectedFinding[],
): ExpectedFinding[] {
  return findings.map(({ line, column, pointer, message }, i) => {
    const says = expected[i]?.says ?? ''
    return { at: `${line}:${column}`, pointer, says: message.startsWith(says) ? says : message }
  })
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-plans-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** path → document, or text as it is. */
export async function writeSet(folder: string, files: Readonly<Record<string, unknown>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

export async function setOf(files: Readonly<Record<string, unknown>>): Promise<string> {
  return writeSet(await temporaryFolder(), files)
}

/** The smallest document that numbers lead to. */
export function documentOn(...numbers: string[]): {
  plans: { main: { numbers: string[]; steps: { type: string }[] } }
} {
  return { plans: { main: { numbers, steps: [{ type: 'hangup' }] } } }
}
