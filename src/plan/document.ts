/**
 * A call plan as it is after validation: every default filled in, every name checked, frozen. The JSON
 * Schema of the same thing is in schema.ts; what a step may hold is in steps/.
 */
import type { BridgeStep } from './steps/bridge.ts'
import type { CallerNameStep } from './steps/callername.ts'
import type { GotoStep } from './steps/goto.ts'
import type { HangupStep } from './steps/hangup.ts'
import type { IvrStep } from './steps/ivr.ts'
import type { PlayStep } from './steps/play.ts'
import type { TransferStep } from './steps/transfer.ts'
import type { WebhookStep } from './steps/webhook.ts'

/** One step of a plan, told apart by `type`. */
export type Step =
  WebhookStep | CallerNameStep | BridgeStep | TransferStep | IvrStep | PlayStep | HangupStep | GotoStep

/** What every step may carry. */
export interface StepBase {
  readonly id?: string
  readonly note?: string
}

/** Which number the called party sees. */
export type Presentation = 'caller' | 'called' | 'suppressed'

/** How a caller enters digits. Audio is named as in the document; times are in seconds. */
export interface EntrySpec {
  readonly startMessage: string
  readonly errorMessage?: string
  readonly timeoutMessage?: string
  readonly timeoutSeconds: number
  readonly interDigitSeconds: number
  readonly attempts: number
  readonly minDigits: number
  readonly maxDigits: number
  readonly terminator: '#' | '*' | 'none'
}

/** A question to a customer's server. */
export interface WebhookSpec {
  readonly description: string
  readonly urlTemplate: string
  readonly callerIdPresentation?: Presentation
  readonly ivr?: EntrySpec
  readonly reply: 'required' | 'ignored'
  readonly method: 'GET' | 'POST'
  readonly timeoutSeconds: number
  /** Values may still read `env:NAME`; the webhook client resolves them per request. */
  readonly headers: Readonly<Record<string, string>>
  readonly retries: number
  readonly fallbackUrlTemplate?: string
  readonly cacheSeconds: number
  readonly staleIfErrorSeconds: number
  readonly waitAudio?: string
  readonly signingSecret?: string | readonly string[]
}

export interface PlanSpec {
  readonly description?: string
  readonly numbers: readonly string[]
  readonly missed?: string
  readonly steps: readonly Step[]
}

/** What one customer has. */
export interface PlanDocument {
  readonly $schema?: string
  readonly description?: string
  readonly version: 1
  readonly domain?: string
  /** name → FreeSWITCH audio, checked against the allow-list. */
  readonly audio: Readonly<Record<string, string>>
  readonly webhooks: Readonly<Record<string, WebhookSpec>>
  readonly plans: Readonly<Record<string, PlanSpec>>
}
