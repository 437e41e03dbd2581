/** The tables in the schema `belplan`, as the newest migration leaves them. Times come as dates of JavaScript. */
import type { ColumnType, Generated } from 'kysely'

type Time = ColumnType<Date, Date | string, Date | string>
type OptionalTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
/** `YYYY-MM-DD`. */
type Day = string
/** Written as text, which PostgreSQL reads. */
type Json = ColumnType<unknown, string, string>

/** A controller that runs, or did. */
export interface ControllersTable {
  /** As `belplan_node` has it: host and port of its event socket. */
  readonly name: string
  /** Another one after each start. */
  readonly run: string
  /** Of its folder of data: controllers that share one have the same. */
  readonly data: string
  readonly started_at: Time
  /** By the database's clock; each second. */
  readonly seen_at: Time
  /** Of belplan. */
  readonly version: string
  /** That serves. */
  readonly revision: string | null
  /** As `/readyz` says. */
  readonly ready: boolean
  readonly ended_at: OptionalTime
}

/** What each controller has counted for limits, and turns of lists: written several times a second, and lost in a crash. */
export interface CountsTable {
  readonly controller: string
  readonly run: string
  /** Another one each time it is written. */
  readonly mark: string
  /** JSON, as src/sharing has it. */
  readonly limits: string
  readonly turns: string
}

/** Lost calls, each with the machine that writes its record. */
export interface ClaimsTable {
  readonly id: string
  /** The machine, by its folder of data. */
  readonly data: string
  readonly controller: string
  readonly at: Generated<Date>
}

/** Documents in their RFC 8785 form, and files of tests. */
export interface ContentsTable {
  /** SHA-256 of the body. */
  readonly hash: Buffer
  readonly body: string
}

/** A chain: each but the first has the one before it. */
export interface RevisionsTable {
  /** From 1 on, without a gap. */
  readonly seq: number
  readonly revision: string
  readonly parent: number | null
  readonly at: Generated<Date>
  /** As the audit has it: `put`, `delete`, the same of `Tests`, `push`. */
  readonly what: string
  /** The name of a token. */
  readonly author: string
  readonly controller: string
}

/** What each revision changed. */
export interface ChangesTable {
  readonly seq: number
  readonly part: 'document' | 'tests'
  readonly name: string
  /** Null: it was removed. */
  readonly hash: Buffer | null
}

/** One row, which whoever publishes locks. */
export interface ServingTable {
  readonly one: Generated<boolean>
  /** The newest revision; 0: there is none yet. */
  readonly seq: number
  /** That was rolled back to; null: the newest one serves. */
  readonly pinned: number | null
}

/** Records of calls that have ended, partitioned by day. */
export interface CallsTable {
  /** UTC, of `at`. */
  readonly day: Day
  readonly id: string
  /** When the call came in. */
  readonly at: Time
  readonly did: string
  readonly caller: string
  readonly name: string
  readonly document: string | null
  readonly plan: string | null
  readonly revision: string | null
  readonly ending: string | null
  readonly cause: string | null
  readonly ring_ms: number | null
  /** Until the conversation began, or the call ended without one; null: not all of its steps are known. */
  readonly wait_ms: number | null
  readonly talk_ms: number | null
  readonly answered: boolean | null
  /** That held the call last. */
  readonly controller: string
  /** As in the journal. */
  readonly record: Json
}

/** Who tells events: the process for events of a controller. */
export interface EventHoldersTable {
  /** Of its store, such as `4711-5f0c3a9b`; no other has it. */
  readonly name: string
  /** Its controller, as `belplan_node` has it. */
  readonly controller: string
  /** By the database's clock; each second. */
  readonly seen_at: Time
  /** Since when it was seen without a gap in which it could have been taken for lost. */
  readonly steady_since: Time
  /** What it kept before is here, or told. */
  readonly copied_until: Time
}

/** A folder of data whose journal is shipped; several controllers of one machine may share one. */
export interface JournalsTable {
  readonly journal: string
  /** That ships it. */
  readonly controller: string
  readonly seen_at: Generated<Date>
  /** `seq` of the last person that it does not know of any more. */
  readonly forgotten: Generated<number>
}

/** How far each file of a journal is here. */
export interface ShippedTable {
  readonly journal: string
  readonly day: Day
  /** Bytes. */
  readonly place: number
}

/** One row, which whoever adds records has locked against whoever asks for a person to be forgotten. */
export interface ForgettingTable {
  readonly one: Generated<boolean>
  /** Of the last one; 0: there is none yet. */
  readonly seq: number
}

/** Persons that each journal is to forget. */
export interface ForgottenTable {
  readonly seq: number
  readonly at: Generated<Date>
  /** Null: each journal has done it. */
  readonly number: string | null
  /** Reads national numbers. */
  readonly country: string | null
  readonly author: string
}

/** Copies of events that are not delivered yet, from which another controller tells those of a machine that is lost. */
export interface EventsTable {
  readonly id: string
  readonly call: string
  readonly document: string
  readonly webhook: string
  readonly event: string
  /** Among the events of its call. */
  readonly place: number
  /** JSON, as it is sent; empty when it was told. */
  readonly body: string
  readonly tries: number
  /** 0: it waits; 1: it was given up; 2: it was told, which a holder that had it before has yet to learn. */
  readonly state: number
  readonly due: Time
  /** It is tried. */
  readonly until: Time
  readonly since: Time
  readonly error: string | null
  /** Tells it. */
  readonly holder: string
  /** Since when. */
  readonly held_at: Generated<Date>
  /** From whom it was taken over. */
  readonly was: string | null
}

/** Copies of records that wait for the end of their call, in case that their machine is lost before. */
export interface PendingTable {
  /** Of the call. */
  readonly id: string
  /** The machine, by its folder of data. */
  readonly data: string
  /** `talking` or `waiting`, as src/records has it. */
  readonly kind: string
  /** As the file has it. */
  readonly call: string
  readonly at: Generated<Date>
}

export interface Tables {
  readonly controllers: ControllersTable
  readonly counts: CountsTable
  readonly claims: ClaimsTable
  readonly pending: PendingTable
  readonly contents: ContentsTable
  readonly revisions: RevisionsTable
  readonly changes: ChangesTable
  readonly serving: ServingTable
  readonly calls: CallsTable
  readonly journals: JournalsTable
  readonly shipped: ShippedTable
  readonly forgetting: ForgettingTable
  readonly forgotten: ForgottenTable
  readonly events: EventsTable
  readonly event_holders: EventHoldersTable
  readonly schema_version: SchemaVersionTable
}

/** One row. */
export interface SchemaVersionTable {
  readonly one: Generated<boolean>
  /** Of the newest migration. */
  readonly version: number
  /** Releases that know this version, or a later one, work with it. */
  readonly works_from: number
}
