/** The entry of a member in the list, with which it leaves. */
export interface Place<T> {
  readonly member: T
}

/**
 * A list in the order of arrival. For members that come and go all the time, where a Set would keep the
 * garbage collector busy: V8 links each table that a Set or Map has outgrown to the next one, so that one dead
 * table in the old generation keeps all later ones, with everything that was in them, until the next full
 * collection. Here tables hold only places, and a place forgets its member.
 */
export class Members<T> implements Iterable<Place<T>> {
  readonly #places = new Set<Place<T>>()

  get size(): number {
    return this.#places.size
  }

  add(member: T): Place<T> {
    const place = { member }
    this.#places.add(place)
    return place
  }

  /** A second time does nothing. */
  leave(place: Place<T>): void {
    this.#places.delete(place)
    const left: { member: T | undefined } = place
    left.member = undefined
  }

  /** Members that leave during the iteration are left out. */
  [Symbol.iterator](): Iterator<Place<T>> {
    return this.#places.values()
  }
}
