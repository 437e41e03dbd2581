/** Stores of several machines on one database, each with its own folder of data and its own process. */
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { loadSet } from '../../src/plan/loading/load-set.ts'
import { etagOf } from '../../src/plan/loading/document-files.ts'
import { readTestFiles } from '../../src/plan/loading/test-files.ts'
import { pushPlans, type PushOptions } from '../../src/shared-plans/push-plans.ts'
import {
  openSharedStore,
  type ServedByOthers,
  type SharedStore,
  type SharedStoreOptions,
} from '../../src/shared-plans/shared-store.ts'
import { setOf, temporaryFolder } from '../plan/fixtures.ts'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

export interface Machine extends SharedStore {
  /** Its folder. */
  readonly data: string
  /** What it was told that others changed. */
  readonly told: readonly ServedByOthers[]
}

let machines = 0

/** Closed when the test ends. */
export async function openMachine(
  url: string,
  { data, ...more }: Partial<SharedStoreOptions> = {},
): Promise<Machine> {
  const own = data ?? join(await temporaryFolder(), 'data')
  const told: ServedByOthers[] = []
  const name = `machine-${++machines}:8084`
  const store = await openSharedStore({
    ...{ url, data: own, log: quiet, defaultCountry: 'NL', controller: () => name },
    onServed: (served) => told.push(served),
    ...more,
  })
  onTestFinished(() => store.close(2000))
  return { ...store, data: own, told }
}

/** Publishes a whole set. */
export async function push(
  url: string,
  files: Readonly<Record<string, unknown>>,
  more: Partial<PushOptions> = {},
) {
  const path = await setOf(files)
  const set = await loadSet(path, { defaultCountry: 'NL' })
  return pushPlans({
    url,
    path,
    set,
    tests: await readTestFiles(path),
    author: 'somebody',
    controller: 'a-machine',
    defaultCountry: 'NL',
    ...more,
  })
}

/** Somebody was first. */
export class Unmet extends Error {}

/** Puts a document, or with undefined takes it away, in the place of the one that is known now, or of `known`. */
export async function put(
  store: SharedStore,
  name: string,
  document: unknown,
  {
    known,
    part = 'document',
  }: { readonly known?: string | undefined; readonly part?: 'document' | 'tests' } = {},
) {
  const expected = known ?? (await (part === 'tests' ? store.tests(name) : store.document(name)))?.etag
  return store.replace({
    ...{ name, part, visible: ['*'], author: 'deploy' },
    ...(document !== undefined && { bytes: bytesOf(document) }),
    check(etag) {
      if (etag !== expected) throw new Unmet(`${etag} is not ${expected}`)
    },
  })
}

export const bytesOf = (document: unknown): Buffer =>
  Buffer.from(typeof document === 'string' ? document : JSON.stringify(document))

export const etagFor = (document: unknown): string => etagOf(bytesOf(document))
