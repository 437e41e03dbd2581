import { api } from './targets/api.ts'
import { calls } from './targets/calls.ts'
import { checkpoints } from './targets/checkpoints.ts'
import { configuration } from './targets/configuration.ts'
import { decoder } from './targets/decoder.ts'
import { peers } from './targets/peers.ts'
import { plans } from './targets/plans.ts'
import { replies } from './targets/replies.ts'
import { tables } from './targets/tables.ts'
import { urlTemplates } from './targets/url-templates.ts'

/** Everything that takes input from outside. */
export const targets = [
  ...[decoder, urlTemplates, replies, plans, checkpoints],
  ...[configuration, api, peers, calls, tables],
]
