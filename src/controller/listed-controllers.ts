/** The controllers that the API lists: those of all machines, or this one. */
import type { ListedController, ListedControllers, Sharing } from '../sharing/index.ts'

interface ListedControllersOptions {
  /** Undefined: there is no database. */
  readonly sharing: Pick<Sharing, 'controllers'> | undefined
  /** This one, as it is now. */
  readonly own: () => Pick<ListedController, 'name' | 'version' | 'revision' | 'ready'>
  readonly startedAt: Date
}

export function listedControllers({ sharing, own, startedAt }: ListedControllersOptions): ListedControllers {
  const now = own()
  const others = sharing?.controllers().filter(({ name }) => name !== now.name) ?? []
  const self: ListedController = {
    ...now,
    state: 'lives',
    startedAt: startedAt.toISOString(),
    seenAt: new Date().toISOString(),
  }
  const listed = others.map(({ name, version, revision, ready, state, startedAt, seenAt }) => ({
    ...{ name, version, revision, ready, state, startedAt, seenAt },
  }))
  return {
    shared: sharing !== undefined,
    controllers: [...listed, self].sort((a, b) => a.name.localeCompare(b.name)),
  }
}
