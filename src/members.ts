/** Where a member is listed, for it to go again. */
export interface Place<T> {
  readonly member: T
}

/**
 * Who is here, in the order of coming. For members that come and go all the time, where a Set would keep the
 * garbage collector busy: V8 links each table that a Set or Map has outgrown to the next one, so that one dead
 * table in the old generation keeps all later ones, with everything that was in them, until the next full
 * collection. Here tables hold only places, and a place forgets its member.
 */
export class Members<T> implements Iterable<T> {
  readonly #places = new Set<{ member: T | undefined }>()

  get size(): number {
    return this.#places.size
  }

  add(member: T): Place<T> {
    const place = { member }
    this.#places.add(place)
    return place
  }

  /** Lets the member go; a second time does nothing. */
  leave(place: Place<T>): void {
    const left: { member: T | undefined } = place
    this.#places.delete(left)
    left.member = undefined
  }

  /** Those that go meanwhile are left out. */
  *[Symbol.iterator](): Iterator<T> {
    for (const { member } of this.#places) if (member !== undefined) yield member
  }
}
