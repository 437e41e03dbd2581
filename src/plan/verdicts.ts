/**
 * What was found out about large documents, from one reading of the set to the next: one of 4 MiB takes a second,
 * and everybody's reload waits for it. A verdict is good for the same text under the same options in the same run of
 * the controller; a file that is not whole is as good as none.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { LARGE, NOTHING, type CheckedDocument, type Checker } from './check.ts'
import { createLocator } from './locate.ts'

/** Of a run that is over, perhaps; another controller that shares the folder uses its own. */
const KEPT_MS = 24 * 3600 * 1000
const HASH_LENGTH = 64

export interface Verdicts {
  /** Asks `checker` where there is no verdict yet. */
  over(checker: Checker): Checker
  /** Removes those that were not asked for. */
  prune(nowMs: number): void
}

/** `options`: all that a verdict depends on besides the document. */
export function openVerdicts(folder: string, run: string, options: unknown): Verdicts {
  const used = new Set<string>()

  function remembered<T extends CheckedDocument | undefined>(
    kind: string,
    [name, file]: readonly [name: string, file: string],
    bytes: Uint8Array,
    locatorOf: Uint8Array,
    judge: () => T,
  ): T {
    if (bytes.length <= LARGE) return judge()
    // One for each document, however often it changes.
    const own = `${run}-${sha256(serialize([kind, name])).slice(0, 16)}`
    const about = serialize([kind, name, file, options, sha256(bytes)])
    used.add(own)
    const known = read(join(folder, own), about)
    if (known !== undefined) return { ...known, locator: createLocator(locatorOf) } as T
    const verdict = judge()
    if (verdict !== undefined) keep(own, about, verdict)
    return verdict
  }

  function keep(own: string, about: Uint8Array, { locator: _, canonical, ...rest }: CheckedDocument): void {
    const body = JSON.stringify({ ...rest, ...(canonical && { canonical: canonical.toString() }) })
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(folder, own), sha256(about, body) + body, { mode: 0o600 })
    } catch {
      // Then it is judged again the next time.
    }
  }

  return {
    over: (checker) => ({
      check: (name, file, bytes) =>
        remembered('check', [name, file], bytes, bytes, () => checker.check(name, file, bytes)),
      restore(name, value) {
        const bytes = Buffer.from(JSON.stringify(value))
        return remembered('restore', [name, ''], bytes, NOTHING, () => checker.restore(name, value))
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

function read(path: string, about: Uint8Array): Omit<CheckedDocument, 'locator'> | undefined {
  const content = orUndefined(() => readFileSync(path))
  const body = content?.subarray(HASH_LENGTH)
  if (!body || content!.toString('latin1', 0, HASH_LENGTH) !== sha256(about, body)) return undefined
  const { canonical, ...rest } = JSON.parse(body.toString()) as Omit<
    CheckedDocument,
    'locator' | 'canonical'
  > & {
    canonical?: string
  }
  return { ...rest, ...(canonical !== undefined && { canonical: Buffer.from(canonical) }) }
}

function sha256(...parts: (Uint8Array | string)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** Whatever the file system says. */
function orUndefined<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
