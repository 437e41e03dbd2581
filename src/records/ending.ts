/** How a call ended: the closed list. It imports nothing, so that the console can have its types. */
export const ENDINGS = [
  'talked', // two parties talked
  'transferred', // handed over to FreeSWITCH's own dialplan
  'hungUpByPlan', // a `hangup` step
  'endOfList', // the end of the plan's outermost list
  'callerHungUp', // the caller hung up before two parties talked
  'noPlan', // no plan for the dialled number
  'stepBudget', // more steps than one call may take
  'limited', // past a limit of the operator
  'failed', // an error, for which the caller was hung up
  'lost', // its end was not seen: a controller or FreeSWITCH was lost
] as const
export type Ending = (typeof ENDINGS)[number]

/** Without a missed call; past a limit the call was never on its plan, and a flood of them must not become one of requests. */
const UNMISSED: readonly Ending[] = ['talked', 'transferred', 'limited']

/** Nobody talked to a caller of whom somebody is to be told. */
export const MISSED: readonly Ending[] = ENDINGS.filter((ending) => !UNMISSED.includes(ending))

export const isMissed = (ending: Ending): boolean => MISSED.includes(ending)
