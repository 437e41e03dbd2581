/** A controller, as the API lists it. It imports nothing, so that the console can have its type. */
export interface ListedController {
  /** Host and port of its event socket, as in records. */
  readonly name: string
  /** Of belplan. */
  readonly version: string
  /** That serves, or did last. */
  readonly revision: string
  /** As `/readyz` says, or said last. */
  readonly ready: boolean
  /** `lost`: nothing was heard of it for seconds, and it has not said that it ends. */
  readonly state: 'lives' | 'ended' | 'lost'
  /** By the database's clock, ISO 8601. */
  readonly startedAt: string
  readonly seenAt: string
}

export interface ListedControllers {
  /** Those of all machines; else there is no database, and only the one that answers is known. */
  readonly shared: boolean
  /** By name. */
  readonly controllers: readonly ListedController[]
}
