import type { CountryCode } from 'libphonenumber-js/max'
import type { GrantEntries } from '../grants.ts'

/** What the operator's configuration says about plans. What is absent is not checked. */
export interface LintOptions {
  /** Reads national numbers. */
  readonly defaultCountry?: CountryCode
  /** What each document may claim. */
  readonly grants?: GrantEntries
  /** Names of environment variables that are set; called for granted ones only. */
  readonly envIsSet?: (name: string) => boolean
  /** The longest `timeoutSeconds` of a webhook. */
  readonly maxTimeoutSeconds?: number
  /** Why no route lets a destination out; undefined where one does. */
  readonly refusal?: (destination: string) => string | undefined
}
