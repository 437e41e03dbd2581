/** Which FreeSWITCH is asked of a call whose record waits: the one that has, or had, it, and no other. */
import type { Link } from '../freeswitch/index.ts'

/** Where a call is: what is remembered of that with its record. */
export interface Whereabouts {
  /** The Core-UUID of its FreeSWITCH. */
  readonly core?: string | undefined
  /** The name of its FreeSWITCH; absent: it was not known. */
  readonly freeswitch?: string | undefined
}

/** What FreeSWITCH is queried for; both reject unless it answers. */
export interface Switch {
  exists(id: string): Promise<boolean>
  /** Whether it has this Core-UUID, which is another one after each start. */
  isStill(core: string): Promise<boolean>
}

export interface Switches {
  /** Whom to ask; undefined: there is none of which it is known that the call is its own. */
  of(call: Whereabouts): Switch | undefined
  /** Whether it is certain that none of them has, or had, the call: nobody will say how it ends. */
  haveNot(call: Whereabouts): boolean
}

/**
 * By its Core-UUID, and where FreeSWITCH has been started since before this process, by its name. Of a call for which an
 * earlier release kept neither, all are asked: it had one of them alone.
 */
export function createSwitches(
  links: readonly Pick<Link, 'name' | 'state' | 'exists' | 'isStill' | 'knows'>[],
): Switches {
  const any = async (ask: (link: Switch) => Promise<boolean>) =>
    (await Promise.all(links.map(ask))).includes(true)
  const all: Switch = {
    exists: (id) => any((link) => link.exists(id)),
    isStill: (core) => any((link) => link.isStill(core)),
  }
  const knowing = (core: string) => links.find((link) => link.knows(core))

  return {
    of({ core, freeswitch }) {
      if (core === undefined && freeswitch === undefined) return links.length > 0 ? all : undefined
      const found = core === undefined ? undefined : knowing(core)
      return found ?? links.find(({ name }) => name === freeswitch)
    },
    haveNot({ core, freeswitch }) {
      // A name that is not in the list is in that of another controller.
      if (core === undefined || freeswitch !== undefined || links.length === 0) return false
      return knowing(core) === undefined && links.every((link) => link.state().connected)
    },
  }
}
