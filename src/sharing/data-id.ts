/** What a folder of data is known by to controllers on other machines: those that share it are one machine. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UUID } from '../syntax/index.ts'
import { BelplanError } from '../util/errors.ts'

/** Made where there is none. Throws BelplanError('config') where that cannot be. */
export async function readDataId(data: string): Promise<string> {
  const file = join(data, 'id')
  try {
    await mkdir(data, { recursive: true })
    // Of several that start at once one makes it.
    await writeFile(file, randomUUID(), { flag: 'wx' }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
    const id = (await readFile(file, 'utf8')).trim()
    if (!UUID.test(id)) throw new Error('it is no UUID; remove it')
    return id
  } catch (error) {
    throw new BelplanError('config', `${file} cannot be made or read: ${(error as Error).message}`, [], error)
  }
}
