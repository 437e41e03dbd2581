/** Records that wait for the end of their call, as files that others copy. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UUID } from '../syntax/index.ts'
import type { CallRecord, LostCall } from './record.ts'

/** `talking`: two parties talk on without a controller. `waiting`: FreeSWITCH has the call and brings it back. */
export type PendingKind = 'talking' | 'waiting'

export interface PendingFile {
  readonly id: string
  readonly kind: PendingKind
  /** Of the file, below the folder of all data. */
  readonly file: string
}

/** A record that waited on another machine, as the file had it. */
export interface PendingCopy {
  readonly id: string
  readonly kind: PendingKind
  readonly call: string
}

const KINDS: Readonly<Record<string, PendingKind>> = {
  json: 'talking',
  watched: 'talking',
  waiting: 'waiting',
}
const NAME = new RegExp(`^(${UUID.source.slice(1, -1)})\\.(json|watched|waiting)$`, 'i')

/** Of the folder of all data. Rejects with the file system's errors, except for a missing folder. */
export async function listPending(data: string): Promise<readonly PendingFile[]> {
  const folder = join(data, 'talking')
  const names = await readdir(folder).catch(without([]))
  return names.flatMap((name) => {
    const [, id, extension] = NAME.exec(name) ?? []
    return id === undefined ? [] : [{ id, kind: KINDS[extension!.toLowerCase()]!, file: join(folder, name) }]
  })
}

/** Undefined: its call has ended meanwhile. Rejects with the file system's errors. */
export async function readPending({ id, kind, file }: PendingFile): Promise<PendingCopy | undefined> {
  const call = await readFile(file, 'utf8').catch(without(undefined))
  return call === undefined ? undefined : { id, kind, call }
}

/** Undefined: it was cut short. */
export function pendingCall(json: string): LostCall | undefined {
  try {
    const { missed, watch, core, ...record } = JSON.parse(json) as CallRecord & Omit<LostCall, 'record'>
    return { record, missed, ...(watch && { watch }), ...(core !== undefined && { core }) }
  } catch {
    return undefined
  }
}

function without<T>(none: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== 'ENOENT') throw error
    return none
  }
}
