/**
 * What was found out about large documents, from one reading of the set to the next: one of 4 MiB takes a second,
 * and everybody's reload waits for it. A verdict is good for the same text under the same options in the same run of
 * the controller; a file that is not whole is as good as none. The last good one of a document stays beside a bad one: it
 * is what goes on serving.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { asLastGoodForm, LARGE, type CheckedDocument, type Checker } from './check.ts'
import { createLocator } from '../../json/index.ts'

/** Of a run that is over, perhaps; another controller that shares the folder uses its own. */
const KEPT_MS = 24 * 3600 * 1000
const HASH_LENGTH = 64

export interface Verdicts {
  /** Asks `checker` where there is no verdict yet. */
  over(checker: Checker): Checker
  /** Removes those that were not asked for. */
  prune(nowMs: number): void
}

/** What is kept: of what is good, also what leads to it once it is the last good form. */
type Verdict = Omit<CheckedDocument, 'locator'>

/** `options`: all that a verdict depends on besides the document. */
export function openVerdicts(folder: string, run: string, options: unknown): Verdicts {
  const used = new Set<string>()

  /** One of each kind for each document, however often it changes. */
  function fileOf(kind: 'good' | 'bad', name: string): string {
    const file = `${run}-${kind}-${sha256(name).slice(0, 16)}`
    used.add(file)
    return join(folder, file)
  }

  const aboutText = (name: string, file: string, bytes: Uint8Array) =>
    serialize(['text', name, file, options, sha256(bytes)])
  const aboutForm = (name: string, form: Uint8Array) => serialize(['form', name, options, sha256(form)])

  /** `about`: two things, either of which it is asked for by. */
  function keep(path: string, about: readonly [Uint8Array, Uint8Array], checked: CheckedDocument): void {
    const { locator: _, canonical, ...rest } = checked
    const body = JSON.stringify({ ...rest, ...(canonical && { canonical: canonical.toString() }) })
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(path, about.map((one) => sha256(one, body)).join('') + body, { mode: 0o600 })
    } catch {
      // Then it is judged again the next time.
    }
  }

  return {
    over: (checker) => ({
      check(name, file, bytes) {
        if (bytes.length <= LARGE) return checker.check(name, file, bytes)
        const text = aboutText(name, file, bytes)
        const good = fileOf('good', name)
        const known = read(good, text) ?? read(fileOf('bad', name), text)
        if (known !== undefined) return { ...known, locator: createLocator(bytes) }
        const checked = checker.check(name, file, bytes)
        const { canonical } = checked
        if (canonical === undefined) keep(fileOf('bad', name), [text, text], checked)
        else keep(good, [text, aboutForm(name, formOf(name, canonical))], checked)
        return checked
      },
      restore(name, value) {
        const form = Buffer.from(JSON.stringify(value))
        if (form.length <= LARGE) return checker.restore(name, value)
        const good = fileOf('good', name)
        const about = aboutForm(name, form)
        const known = read(good, about)
        if (known !== undefined) return asLastGoodForm(known)
        const restored = checker.restore(name, value)
        if (restored !== undefined) keep(good, [about, about], restored)
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

/** The document in `[name,document]`, as revisions keep it. */
function formOf(name: string, canonical: Buffer): Uint8Array {
  return canonical.subarray(Buffer.byteLength(JSON.stringify(name)) + 2, -1)
}

function read(path: string, about: Uint8Array): Verdict | undefined {
  const content = orUndefined(() => readFileSync(path))
  if (content === undefined) return undefined
  const body = content.subarray(2 * HASH_LENGTH)
  const hash = sha256(about, body)
  const isAbout = [0, HASH_LENGTH].some((at) => content.toString('latin1', at, at + HASH_LENGTH) === hash)
  if (!isAbout) return undefined
  const { canonical, ...rest } = JSON.parse(body.toString()) as Omit<Verdict, 'canonical'> & {
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
