/** The steps that a plan can have, in the order of the plan reference. */
import { bridge, type BridgeStep } from './bridge.ts'
import { callStep, type CallStep } from './call.ts'
import { callerid, type CallerIdStep } from './callerid.ts'
import { callername, type CallerNameStep } from './callername.ts'
import { goto, type GotoStep } from './goto.ts'
import { hangup, type HangupStep } from './hangup.ts'
import { ivr, type IvrStep } from './ivr.ts'
import { notify, type NotifyStep } from './notify.ts'
import { play, type PlayStep } from './play.ts'
import { queue, type QueueStep } from './queue.ts'
import { record, type RecordStep } from './record.ts'
import { schedule, type ScheduleStep } from './schedule.ts'
import { switchStep, type SwitchStep } from './switch.ts'
import { transfer, type TransferStep } from './transfer.ts'
import { voicemail, type VoicemailStep } from './voicemail.ts'
import { webhook, type WebhookStep } from './webhook.ts'

/** One step of a plan, told apart by `type`. */
export type Step =
  | WebhookStep
  | NotifyStep
  | SwitchStep
  | CallerNameStep
  | CallerIdStep
  | BridgeStep
  | QueueStep
  | VoicemailStep
  | TransferStep
  | IvrStep
  | PlayStep
  | HangupStep
  | GotoStep
  | ScheduleStep
  | CallStep
  | RecordStep

export const definitions = {
  webhook,
  notify,
  switch: switchStep,
  callername,
  callerid,
  bridge,
  queue,
  voicemail,
  transfer,
  ivr,
  play,
  hangup,
  goto,
  schedule,
  call: callStep,
  record,
}
