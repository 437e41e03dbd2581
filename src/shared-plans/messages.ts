/** What the controller and its process for plans say to each other. */
import type { Changes, Finding, GrantEntries, LintOptions, SetSlice } from '../plan/index.ts'
import type { Part } from './chain.ts'
import type { Published } from './database-chain.ts'

/** Who publishes; `controller` is the name of the one that was asked. */
export interface Publisher {
  readonly author: string
  readonly controller: string
}

/** A file as it is in the newest revision. */
export interface SharedFile {
  readonly bytes: Uint8Array
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string
}

/** A document, or its tests, to be put in their place or taken away. */
export interface FileToPublish {
  readonly part: Part
  readonly name: string
  /** Absent: it is removed. */
  readonly bytes?: Uint8Array
  /** The hash of what is there now; absent: there is nothing. */
  readonly expected?: string
  /** The same of the other one of the two files, where it was validated with that; null: there was none. */
  readonly beside?: string | null
  /** Patterns of the documents that findings may name. */
  readonly visible: readonly string[]
}

/** `away`: nothing was done, since the database could not be asked. `unknown`: whether it was done is not known. */
export type Unpublished = { readonly is: 'away' | 'unknown'; readonly why: string }

export type PublishAnswer =
  | {
      readonly is: 'published'
      /** The name of the revision, and of the one before it. */
      readonly revision: string
      readonly previous: string
      /** False: an earlier revision was rolled back to. */
      readonly isServed: boolean
    }
  /** It is another file by now, or none. */
  | { readonly is: 'changed'; readonly file?: SharedFile }
  | { readonly is: 'besideChanged' }
  | { readonly is: 'invalid'; readonly errors: readonly Finding[] }
  | Unpublished

/** To a rollback, or a reload. */
export type PinAnswer =
  /** The revision that serves on all machines, as far as they have it, and the one that served before here. */
  | { readonly is: 'serves'; readonly revision: string; readonly previous: string }
  | { readonly is: 'none' }
  | { readonly is: 'notGranted'; readonly message: string }
  | Unpublished

export type CompareAnswer = Changes | { readonly missing: string }

/** Some of the documents of a revision. */
export interface ContentPiece {
  /** [name, document] pairs in their RFC 8785 form. */
  readonly pairs: readonly string[]
  /** The last of them, where there are more. */
  readonly next?: string
}

/** `n` is the number of a question; its answer has the same. */
export type ToPlans =
  | {
      readonly say: 'start'
      readonly url: string
      /** The folder of all data. */
      readonly data: string
      readonly defaultCountry: LintOptions['defaultCountry']
      /** Of who rolls back: a revision may claim what is not granted any more. */
      readonly grants: GrantEntries | undefined
      /** What the controller serves; absent: nothing yet. */
      readonly serving: number | undefined
    }
  /** A slice of a set was taken; the next one may come. */
  | { readonly say: 'took'; readonly id: number }
  | { readonly say: 'file'; readonly n: number; readonly part: Part; readonly name: string }
  | {
      readonly say: 'publish'
      readonly n: number
      readonly file: FileToPublish
      readonly by: Publisher
    }
  | { readonly say: 'rollback'; readonly n: number; readonly revision: string }
  | { readonly say: 'reload'; readonly n: number }
  /** Catches up, so that the newest revision is known. Its name is the answer; undefined: there is none. */
  | { readonly say: 'newest'; readonly n: number }
  /** Sends the changes from `base` to a revision, as change `id`. Whether it is known is the answer. */
  | {
      readonly say: 'bring'
      readonly n: number
      readonly id: number
      readonly revision: string
      readonly base: number
    }
  | { readonly say: 'revisions'; readonly n: number }
  | {
      readonly say: 'compare'
      readonly n: number
      readonly from: string
      readonly to: string
      readonly documents: readonly string[]
    }
  | {
      readonly say: 'content'
      readonly n: number
      readonly revision: string
      readonly documents: readonly string[]
      /** A name: those behind it. */
      readonly after: string
    }

/** What serves now. */
export interface Serving {
  readonly seq: number
  readonly revision: string
  /** It was rolled back to. */
  readonly isPinned: boolean
  /** Documents of it that this program cannot read. */
  readonly heldBack: readonly string[]
  readonly published: Pick<Published, 'what' | 'author' | 'controller'>
}

/** Beside answers, and lines for the log (supervised-process.ts). */
export type OwnFromPlans =
  /** A change of a set begins: of what serves (id 0), or one that was asked for. Without `base`: all of it follows. */
  | {
      readonly say: 'change'
      readonly id: number
      readonly base?: number
      readonly removed: readonly string[]
    }
  /** Answered with `took`. */
  | { readonly say: 'slice'; readonly id: number; readonly slice: SetSlice }
  /** The change that was sent is whole, and serves. Without a change: the documents are the same. */
  | { readonly say: 'serve'; readonly serving: Serving }
  /** Whether plans are in step with the database; `why` they are not. */
  | { readonly say: 'inStep'; readonly why?: string }
  /** The first copy of the plans is on its way. */
  | { readonly say: 'filling' }
