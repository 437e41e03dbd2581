/**
 * The results of checks of large documents, from one reload to the next: a document of 4 MiB takes a second, and every
 * reload waits for it. A result counts for the same text under the same options in the same run of the controller; a
 * file that is not whole counts for nothing. The last valid result of a document stays beside one with errors: it is
 * what goes on serving.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { createLocator } from '../../json/index.ts'
import { formIn, lastValid, LARGE, type CheckedDocument, type Checker } from './check-document.ts'

/** For the results of other runs: such a run may be over, or that of a controller that shares the folder. */
const KEPT_MS = 24 * 3600 * 1000
const HASH_LENGTH = 64

export interface CheckCache {
  /** A checker that calls `checker` only where there is no result yet. */
  over(checker: Checker): Checker
  /** Removes the results that were not used since the cache was opened. */
  prune(nowMs: number): void
}

type Result = Omit<CheckedDocument, 'locator'>

/** `run` names the run of the controller; `options`: all that a result depends on besides the document. */
export function openCheckCache(folder: string, run: string, options: unknown): CheckCache {
  const used = new Set<string>()

  /** One of each kind for each document, however often it changes. */
  function fileOf(kind: 'good' | 'bad', name: string): string {
    const file = `${run}-${kind}-${sha256(name).slice(0, 16)}`
    used.add(file)
    return join(folder, file)
  }

  const keyOfText = (name: string, file: string, bytes: Uint8Array) =>
    serialize(['text', name, file, options, sha256(bytes)])
  const keyOfForm = (name: string, form: Uint8Array) => serialize(['form', name, options, sha256(form)])

  /** `keys`: either finds it. */
  function keep(path: string, keys: readonly [Uint8Array, Uint8Array], checked: CheckedDocument): void {
    const { locator: _, canonical, ...rest } = checked
    const body = JSON.stringify({ ...rest, ...(canonical && { canonical: canonical.toString() }) })
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(path, keys.map((key) => sha256(key, body)).join('') + body, { mode: 0o600 })
    } catch {
      // Then the document is checked again the next time.
    }
  }

  return {
    over: (checker) => ({
      check(name, file, bytes) {
        if (bytes.length <= LARGE) return checker.check(name, file, bytes)
        const key = keyOfText(name, file, bytes)
        const good = fileOf('good', name)
        const known = read(good, key) ?? read(fileOf('bad', name), key)
        if (known !== undefined) return { ...known, locator: createLocator(bytes) }
        const checked = checker.check(name, file, bytes)
        const { canonical } = checked
        if (canonical === undefined) keep(fileOf('bad', name), [key, key], checked)
        else keep(good, [key, keyOfForm(name, formIn(name, canonical))], checked)
        return checked
      },
      restore(name, value) {
        const form = Buffer.from(JSON.stringify(value))
        if (form.length <= LARGE) return checker.restore(name, value)
        const good = fileOf('good', name)
        const key = keyOfForm(name, form)
        const known = read(good, key)
        if (known !== undefined) return lastValid(known)
        const restored = checker.restore(name, value)
        if (restored !== undefined) keep(good, [key, key], restored)
        return restored
      },
    }),
    prune(nowMs) {
      for (const file of orUndefined(() => readdirSync(folder)) ?? []) {
        const path = join(folder, file)
        const isOwn = file.startsWith(run)
        orUndefined(() => {
          if (used.has(file)) utimesSync(path, nowMs / 1000, nowMs / 1000)
          else if (isOwn || nowMs - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { force: true })
        })
      }
    },
  }
}

function read(path: string, key: Uint8Array): Result | undefined {
  const content = orUndefined(() => readFileSync(path))
  if (content === undefined) return undefined
  const body = content.subarray(2 * HASH_LENGTH)
  const hash = sha256(key, body)
  const isFound = [0, HASH_LENGTH].some((at) => content.toString('latin1', at, at + HASH_LENGTH) === hash)
  if (!isFound) return undefined
  const { canonical, ...rest } = JSON.parse(body.toString()) as Omit<Result, 'canonical'> & {
    canonical?: string
  }
  return { ...rest, ...(canonical !== undefined && { canonical: Buffer.from(canonical) }) }
}

function sha256(...parts: (Uint8Array | string)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** Without the cache a reload only takes longer: errors of the file system do not matter. */
function orUndefined<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
