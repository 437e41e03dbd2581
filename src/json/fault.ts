/** Faults of a document by their places in it. */

/** A place in a document: the keys and indexes on the way from its root. */
export type Path = readonly (string | number)[]

/** Something wrong with a document, not yet located in its text. */
export interface Fault {
  readonly path: Path
  readonly message: string
  /** The key is at fault rather than its value. */
  readonly onKey?: boolean
}

export type Report = (path: Path, message: string, onKey?: boolean) => void

/** So many findings of a document are reported, which is more than anybody reads at once. */
export const MOST_FINDINGS = 100

/** Ends a check when its list is full: each further fault would cost time. */
const FULL = new Error('the list of faults is full')

export interface Gathered {
  readonly faults: readonly Fault[]
  /** There are more than these. */
  readonly more: boolean
}

/** The first faults that `find` reports. */
export function gather(find: (report: Report) => void): Gathered {
  const faults: Fault[] = []
  try {
    find((path, message, onKey = false) => {
      if (faults.length === MOST_FINDINGS) throw FULL
      faults.push({ path, message, onKey })
    })
    return { faults, more: false }
  } catch (error) {
    if (error !== FULL) throw error
    return { faults, more: true }
  }
}

/** RFC 6901. */
export function pointerOf(path: Path): string {
  return path.map((part) => `/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('')
}

/** Of a pointer; indexes stay text. */
export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))
}
