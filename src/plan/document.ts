/**
 * A call plan as it is after validation: every default filled in, every name checked, frozen. The JSON
 * Schema of the same thing is in schema.ts; what a step may hold is in steps/.
 */
import type { ScheduleSpec } from './calendar/index.ts'
import type { EventsSpec } from './call-event.ts'
import type { Step } from './steps/index.ts'

/** Which number the called party sees. */
export const PRESENTATIONS = ['caller', 'called', 'suppressed'] as const
export type Presentation = (typeof PRESENTATIONS)[number]

/** How digits are collected from a caller. Audio is named as in the document; times are in seconds. */
export interface DigitsInputSpec {
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

/** A request to a customer's server: where it goes, and what it may take. */
export interface WebhookSpec {
  readonly description: string
  readonly urlTemplate: string
  readonly callerIdPresentation?: Presentation
  readonly ivr?: DigitsInputSpec
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
  /** Names of variables in its replies that are secret, wherever they come from. */
  readonly secretVariables?: readonly string[]
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
  /** Of its schedules; absent: the operator's. */
  readonly timezone?: string
  /** name → FreeSWITCH audio, checked against the allow-list. */
  readonly audio: Readonly<Record<string, string>>
  readonly webhooks: Readonly<Record<string, WebhookSpec>>
  readonly schedules?: Readonly<Record<string, ScheduleSpec>>
  /** number or prefix → name of the caller. */
  readonly addressBook?: Readonly<Record<string, string>>
  /** What is told of each call. */
  readonly events?: EventsSpec
  readonly plans: Readonly<Record<string, PlanSpec>>
}
