/** `POST /simulate` */
import { askJson } from './client.ts'

export const STATUSES = ['ACK', 'NAK', 'ERR'] as const
export type Status = (typeof STATUSES)[number]

/** What a server answers: its fields, or a response in full. */
export interface Answer {
  readonly status?: Status | undefined
  readonly destination?: string | undefined
  readonly destinations?: readonly string[] | undefined
  readonly callername?: string | undefined
  readonly http?: number | undefined
  readonly body?: string | undefined
  readonly contentType?: string | undefined
}

export const OUTCOMES = ['answered', 'noAnswer', 'busy', 'rejected', 'unavailable', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface Party {
  readonly outcome?: Outcome
  readonly afterSeconds?: number
}

export const QUEUE_ENDS = ['answered', 'waits', 'timeout', 'noAgents', 'exitKey', 'full', 'missing'] as const
export const MAILBOX_ENDS = ['left', 'none', 'missing'] as const

/** As in tests of plans. */
export interface Script {
  readonly call: {
    readonly did: string
    readonly callerid?: string
    readonly callername?: string
    readonly withheld?: boolean
    readonly at?: string
  }
  readonly given: Given
}

export interface Given {
  readonly digits?: readonly string[] | undefined
  readonly webhooks?: Readonly<Record<string, Answer | Status | 'down' | 'ask'>> | undefined
  readonly destinations?: Readonly<Record<string, Outcome | Party>> | undefined
  readonly queues?: Readonly<Record<string, string>> | undefined
  readonly mailboxes?: Readonly<Record<string, string>> | undefined
  readonly hangsUpAfterSeconds?: number | undefined
}

export interface ShownTo {
  readonly destination: string
  readonly endpoint: string
  readonly number: string
  readonly name?: string
}

/** Times are milliseconds since the call came in; `step` is a place in `steps`. */
export interface Report {
  readonly revision: string
  readonly at: string
  readonly did: string
  readonly document?: string
  readonly plan?: string
  readonly steps: readonly ReportStep[]
  readonly rings: readonly {
    readonly step: number
    readonly atMs: number
    readonly ms: number
    readonly shown: readonly ShownTo[]
    readonly answeredBy?: string
  }[]
  readonly queues: readonly {
    readonly step: number
    readonly atMs: number
    readonly ms: number
    readonly queue: string
    readonly end: string
    readonly shown?: ShownTo
  }[]
  readonly mailboxes: readonly {
    readonly step: number
    readonly atMs: number
    readonly ms: number
    readonly mailbox: string
    readonly end: string
  }[]
  readonly asks: readonly Asked[]
  readonly hears: readonly {
    readonly atMs: number
    readonly ms: number
    readonly sound: 'silence' | 'ringing' | 'ringingTone' | 'audio' | 'keying' | 'talk'
    readonly audio?: string
    readonly names?: readonly string[]
    readonly failed?: true
  }[]
  readonly keyed: readonly { readonly atMs: number; readonly keys: string }[]
  readonly ending: string
  readonly cause?: string
  readonly sip?: number
  readonly transferredTo?: { readonly extension: string; readonly context: string }
  readonly talkMs?: number
  readonly recordedMs?: number
  readonly waitMs: number
  readonly longestSilence: { readonly atMs: number; readonly ms: number }
  readonly notes: readonly string[]
  readonly unused: readonly string[]
}

export interface ReportStep {
  readonly step: string
  readonly type: string
  readonly outcome: string
  readonly reason?: unknown
  readonly atMs: number
  readonly ms: number
  readonly branch?: string
}

export interface Asked {
  readonly step: number
  readonly atMs: number
  readonly ms: number
  readonly webhook: string
  readonly values: Readonly<Record<string, string>>
  readonly result?: {
    readonly status: Status
    readonly destination?: string
    readonly callername?: string
    readonly url: string
    readonly http?: number
    readonly error?: string
  }
}

export interface Draft {
  readonly name: string
  /** As JSON. */
  readonly text: string
}

/** Throws an ApiFault `malformed` or `invalid` with what is wrong. */
export function simulate(
  script: Script,
  { draft, signal }: { readonly draft?: Draft | undefined; readonly signal?: AbortSignal } = {},
): Promise<Report> {
  const body = {
    ...script,
    ...(draft && { draft: { name: draft.name, document: JSON.parse(draft.text) as unknown } }),
  }
  return askJson('/simulate', { method: 'POST', body, signal })
}
