/** Calls to look at in the screenshots: some that have ended, and some that stay while the pictures are taken. */
import { readdir } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type CallResult, type CallScript, placeCall } from '../src/simulator/index.ts'
import type { Controller } from '../test/harness/controller.ts'
import { until } from '../test/harness/until.ts'
import type { FakeFreeSwitch } from '../test/link/fake-freeswitch.ts'

export type Place = (script: CallScript) => Promise<CallResult>

/** Plays calls of the example plans; the link says when those end in which two parties talked. */
export function placeWith(controller: Controller, freeswitch: FakeFreeSwitch): Place {
  return async (script) => {
    const result = await placeCall(controller.esl, { domain: 'pbx.example', ...script })
    const { id, talkMs } = result
    if (talkMs === undefined) return result
    await until('a record that waits', async () =>
      (await readdir(join(controller.folder, 'data/talking'))).length > 0 ? true : undefined,
    )
    const endUs = Date.now() * 1000
    await freeswitch.event({
      ...{ 'Event-Name': 'CHANNEL_HANGUP_COMPLETE', 'Unique-ID': id, 'Hangup-Cause': 'NORMAL_CLEARING' },
      'Caller-Channel-Bridged-Time': String(endUs - talkMs * 1000),
      ...{ 'Caller-Channel-Hangup-Time': String(endUs), variable_belplan_node: '1' },
    })
    return result
  }
}

export interface ExampleCalls {
  /** Of a call that ended, with a slow server on its way. */
  readonly ended: string
  /** Of one that is held, and rings. */
  readonly live: string
  end(): void
}

/** How long the CRM takes: so slow that it is seen. */
const SLOW_MS = 1400

/** Telephones ring so many times longer than plans say, while the pictures are taken. */
const HELD = 1 / 20

/** `server`: that of the examples, which takes its time meanwhile. */
export async function placeExampleCalls(place: Place, server: Server): Promise<ExampleCalls> {
  const [answer] = server.listeners('request') as [RequestListener]
  const answerLate: RequestListener = (request, response) =>
    void setTimeout(() => answer(request, response), SLOW_MS)
  server.off('request', answer).on('request', answerLate)
  const gone = new AbortController()
  const crm: CallScript = {
    ...{ did: '+31502100000', caller: '+31612345678', name: 'Jane' },
    answers: {
      '217': { outcome: 'noAnswer' },
      '215': { outcome: 'answered', afterMs: 900, talkMs: 48_000 },
      '216': { outcome: 'busy' },
    },
    speed: 20,
  }
  await place({ ...crm, did: '+31502109999', caller: '+31201234567' })
  await place({ ...crm, did: '+31502100080', caller: '', digits: ['1'], hangUp: { when: 'ringing' } })
  await place({ ...crm, did: '+31502100040', caller: '+4930901820', name: 'Müller GmbH' })
  await place({ ...crm, did: '+31502100096', caller: '+31687654321' })
  const { id: ended } = await place({ ...crm, speed: 12 })
  const held = ['+31612345678', '+31687654321', '', '+4930901820', '+31201234567'].map(async (caller, at) => {
    const did = ['+31502100096', '+31502100115', '+31502100000', '+31502100080', '+31502100096'][at]!
    await place({
      did,
      caller,
      name: at === 0 ? 'Jane Doe' : '',
      signal: gone.signal,
      listens: true,
      speed: HELD,
    })
  })
  const live = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
  held.push(place({ ...crm, id: live, speed: HELD, answers: {}, signal: gone.signal }).then(() => undefined))
  // Until the CRM has answered, and it rings.
  await pause(2 * SLOW_MS)
  server.off('request', answerLate).on('request', answer)
  return {
    ...{ ended, live },
    end() {
      gone.abort()
    },
  }
}
