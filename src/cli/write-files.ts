/** Files that a command writes: all of them or none. */
import { randomUUID } from 'node:crypto'
import {
  access,
  chmod,
  constants,
  copyFile,
  mkdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BelplanError, fileReason } from '../util/errors.ts'

export interface WriteOptions {
  readonly cwd: string
  /** What is there is overwritten, with its permissions kept. */
  readonly force?: boolean
  /** What to do where a file is there, as the end of a sentence. */
  readonly otherwise: string
}

/**
 * `files`: as the user would name them → their text.
 * @throws BelplanError `plans` when one is there, or cannot be written
 */
export async function writeFiles(
  files: Readonly<Record<string, string>>,
  { cwd, force = false, otherwise }: WriteOptions,
): Promise<void> {
  if (!force) await refuseThere(Object.keys(files), cwd, otherwise)
  const written: { readonly file: string; readonly path: string; readonly beside: string }[] = []
  const put: string[] = []
  let failing = ''
  try {
    for (const [file, text] of Object.entries(files)) {
      failing = file
      // A link stays one.
      const path = force ? await linked(resolve(cwd, file)) : resolve(cwd, file)
      await mkdir(dirname(path), { recursive: true })
      const beside = `${path}.${randomUUID()}.tmp`
      written.push({ file, path, beside })
      await writeFile(beside, text, { flag: 'wx' })
    }
    for (const { file, path, beside } of written) {
      failing = file
      if (force) await replace(path, beside)
      else {
        // Unlike a rename, it never takes the place of what came meanwhile.
        await copyFile(beside, path, constants.COPYFILE_EXCL)
        put.push(path)
      }
    }
  } catch (error) {
    for (const path of put) await rm(path, { force: true })
    const why = `cannot write ${failing}: ${fileReason(error)}${force ? '' : '; nothing is written'}`
    throw new BelplanError('plans', why, [], error)
  } finally {
    for (const { beside } of written) await rm(beside, { force: true })
  }
}

const linked = (path: string): Promise<string> => realpath(path).catch(() => path)

/** Readers see the old file or the new one. */
async function replace(path: string, beside: string): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there) await chmod(beside, there.mode & 0o7777)
  await rename(beside, path)
}

async function refuseThere(files: readonly string[], cwd: string, otherwise: string): Promise<void> {
  for (const file of files) {
    const isThere = await access(resolve(cwd, file)).then(
      () => true,
      () => false,
    )
    if (isThere) throw new BelplanError('plans', `${file} is there already; ${otherwise}`)
  }
}
