/** What evil's process is told, and what it tells. */
import type { Target } from '../../../src/simulator/place-call.ts'

/** Where its callers call in. */
export type Way = { readonly switchPort: number } | { readonly targets: readonly Target[] }

export interface EvilOrder {
  readonly way: Way
  /** Callers at one time. */
  readonly callers: number
  /** Which behaviours, one after the other, and how long each has. */
  readonly turns: readonly number[]
  readonly turnMs: number
}

export type EvilEvent =
  | { readonly kind: 'listening'; readonly port: number; readonly sipPort: number }
  | { readonly kind: 'turn'; readonly index: number; readonly atMs: number }
  | { readonly kind: 'over'; readonly report: EvilReport }

export interface EvilReport {
  /** By behaviour. */
  readonly calls: readonly number[]
  readonly questions: readonly number[]
  /** Of its own process, in ms: how much of the machine was taken by what is not under test. */
  readonly cpuMs: number
}
