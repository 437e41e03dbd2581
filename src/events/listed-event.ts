/** An event that has not arrived, as operators see it. */
export interface ListedEvent {
  readonly id: string
  readonly state: 'waiting' | 'givenUp'
  readonly event: string
  readonly callid: string
  readonly document: string
  readonly webhook: string
  /** When it was kept, or given up, ISO 8601. */
  readonly since: string
  readonly tries: number
  /** Of waiting ones: the next attempt, ISO 8601. */
  readonly next?: string
  /** Why the last attempt failed. */
  readonly error?: string
}
