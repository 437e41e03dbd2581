/** A difference between two plan sets, as people are told of it. */

type ChangeKind =
  | 'documentAdded'
  | 'documentRemoved'
  /** It differs in nothing that a call meets. */
  | 'documentUnaffected'
  | 'domain'
  | 'timezone'
  | 'numbersAdded'
  | 'numbersRemoved'
  | 'numbersMoved'
  | 'audio'
  | 'addressBook'
  | 'webhookAdded'
  | 'webhookRemoved'
  | 'webhook'
  | 'scheduleAdded'
  | 'scheduleRemoved'
  | 'schedule'
  | 'planAdded'
  | 'planRemoved'
  | 'missed'
  | 'stepAdded'
  | 'stepRemoved'
  | 'stepMoved'
  | 'step'
  | 'branchAdded'
  | 'branchRemoved'

export interface Change {
  readonly document: string
  readonly plan?: string
  /** Its name in the journal: `id`, or a path such as `main/2/success/0`; of a step that is gone, that which it had. */
  readonly step?: string
  readonly kind: ChangeKind
  /** Such as "in `main`, step 2 rings 217 as well". Names are within backquotes, and steps count from 1. */
  readonly sentence: string
}

/** A change of a document. */
export type DocumentChange = Omit<Change, 'document'>

/** How sentences write a name. */
export function named(name: string): string {
  return `\`${name}\``
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
