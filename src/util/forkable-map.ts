/**
 * A map with texts as keys that is forked in no time: both go on from there, each for itself, and share what stays the same. For
 * large maps of which there are many versions, each a little different: an old one costs what it has of its own, and goes with
 * whoever holds it. It also grows without ever copying all of it, which takes a Map of a million entries a tenth of a second.
 *
 * A hash trie: 64 ways at each level, so that a million entries lie three levels deep, and at the ends a few entries one after the
 * other. What is shared is copied before it is changed, along the way from the root.
 */

/** Values are never undefined. */
export interface ForkableMap<V> {
  readonly size: number
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  fork(): ForkableMap<V>
}

/** Hash, key and value of one entry after the other: never changed, and no larger than it must be. */
type Leaf<V> = readonly (number | string | V)[]

interface Branch<V> {
  /** Of the map that alone has it, and changes it in place. */
  readonly owner: object
  readonly nodes: Node<V>[]
}

type Node<V> = Branch<V> | Leaf<V>

const BITS = 6
const WAYS = 2 ** BITS
const HASH_BITS = 32
/** A leaf with more entries becomes a branch, and a branch with so few below it a leaf again: none goes to and fro. */
const MOST_ENTRIES = 16
const FEW_ENTRIES = 8
/** Of an entry in a leaf. */
const FIELDS = 3
const EMPTY: Leaf<never> = []

export function createForkableMap<V>(): ForkableMap<V> {
  // So that nobody can choose keys which all have the same hash.
  return mapOver<V>(EMPTY, 0, Math.floor(Math.random() * 2 ** HASH_BITS) | 0)
}

function mapOver<V>(root: Node<V>, size: number, seed: number): ForkableMap<V> {
  let owner = {}
  /** Whether the key that was set last was not there. */
  let isNew = false

  function get(key: string): V | undefined {
    const hash = hashOf(key, seed)
    let node = root
    for (let shift = 0; !isLeaf(node); shift += BITS) node = node.nodes[wayOf(hash, shift)]!
    const at = placeIn(node, key, hash)
    return at < 0 ? undefined : (node[at + 2] as V)
  }

  function owned(branch: Branch<V>): Branch<V> {
    return branch.owner === owner ? branch : { owner, nodes: branch.nodes.slice() }
  }

  function withEntry(node: Node<V>, key: string, value: V, hash: number, shift: number): Node<V> {
    if (!isLeaf(node)) {
      const branch = owned(node)
      const way = wayOf(hash, shift)
      branch.nodes[way] = withEntry(branch.nodes[way]!, key, value, hash, shift + BITS)
      return branch
    }
    const at = placeIn(node, key, hash)
    isNew = at < 0
    if (!isNew) return node.with(at + 2, value)
    const more = node.concat([hash, key, value])
    return more.length > FIELDS * MOST_ENTRIES && shift < HASH_BITS ? split(more, shift) : more
  }

  function split(leaf: Leaf<V>, shift: number): Branch<V> {
    const parts: (number | string | V)[][] = Array.from({ length: WAYS }, () => [])
    for (let at = 0; at < leaf.length; at += FIELDS)
      parts[wayOf(leaf[at] as number, shift)]!.push(leaf[at]!, leaf[at + 1]!, leaf[at + 2]!)
    // A copy is as large as it must be.
    return { owner, nodes: parts.map((part) => (part.length === 0 ? EMPTY : part.slice())) }
  }

  /** The key is there. */
  function withoutEntry(node: Node<V>, key: string, hash: number, shift: number): Node<V> {
    if (isLeaf(node)) return node.toSpliced(placeIn(node, key, hash), FIELDS)
    const branch = owned(node)
    const way = wayOf(hash, shift)
    branch.nodes[way] = withoutEntry(branch.nodes[way]!, key, hash, shift + BITS)
    return leafOfFew(branch) ?? branch
  }

  return {
    get size() {
      return size
    },
    get,
    set(key, value) {
      root = withEntry(root, key, value, hashOf(key, seed), 0)
      if (isNew) size++
    },
    delete(key) {
      if (get(key) === undefined) return
      size--
      root = withoutEntry(root, key, hashOf(key, seed), 0)
    },
    fork() {
      // What there is now belongs to both.
      owner = {}
      return mapOver(root, size, seed)
    },
  }
}

function wayOf(hash: number, shift: number): number {
  return (hash >>> shift) & (WAYS - 1)
}

function isLeaf<V>(node: Node<V>): node is Leaf<V> {
  return Array.isArray(node)
}

/** Of the key; -1: it is not there. */
function placeIn<V>(leaf: Leaf<V>, key: string, hash: number): number {
  for (let at = 0; at < leaf.length; at += FIELDS) if (leaf[at] === hash && leaf[at + 1] === key) return at
  return -1
}

/** Undefined where there is more below it. */
function leafOfFew<V>({ nodes }: Branch<V>): Leaf<V> | undefined {
  let length = 0
  for (const node of nodes) {
    if (!isLeaf(node)) return undefined
    length += node.length
    if (length > FIELDS * FEW_ENTRIES) return undefined
  }
  return (nodes as Leaf<V>[]).flat()
}

/** 32 bits: FNV-1a, with what MurmurHash3 does last, so that each bit depends on all of the key. */
function hashOf(key: string, seed: number): number {
  let hash = seed
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
