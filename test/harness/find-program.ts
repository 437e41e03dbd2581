import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The first of these programs that a folder of PATH has, or else one of `elsewhere`; undefined: none has. */
export function findProgram(
  names: readonly string[],
  { PATH = '' }: NodeJS.ProcessEnv,
  elsewhere: readonly string[] = [],
): string | undefined {
  return [...PATH.split(delimiter), ...elsewhere]
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable)
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
