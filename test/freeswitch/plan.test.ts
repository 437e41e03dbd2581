/** The walk: transfers, menus, missed calls, how calls end. */
import { expect } from 'vitest'
import type { CallReport } from './harness/caller.ts'
import { never, says } from './harness/hooks.ts'
import { startTestBed } from './harness/scenario.ts'
import { prompts } from './harness/plan-set.ts'

const testBed = await startTestBed()
const { scenario } = testBed
const { start, wrong, late, sorry, other } = prompts

const heard = ({ tones }: CallReport) => tones.map(({ freqHz }) => freqHz)
const play = (audio: string, more: object = {}) => ({ type: 'play', audio, ...more })
const transferTone = 650

/** Goes through the same FreeSWITCH and controller: what they had to do before it is done when it is over. */
async function anotherCall(): Promise<void> {
  expect((await testBed.call({ did: '+31502109999' })).status).toBe(404)
}

scenario("§5 transfer hands the call to FreeSWITCH's own dialplan", () => {
  const did = testBed.line({ steps: [{ type: 'transfer', destination: '8000' }, play('sorry')] })
  return async () => {
    const call = await testBed.call({ did })
    expect(new Set(heard(call))).toEqual(new Set([transferTone]))
    expect(call).toMatchObject({ status: 200, endedBy: 'switch' })
  }
})

scenario('§5 transfer of an answered call into a context that is named', () => {
  const did = testBed.line({
    steps: [play('other'), { type: 'transfer', destination: '8000', context: 'default' }],
  })
  return async () => {
    const call = await testBed.call({ did })
    expect(heard(call)[0]).toBe(other)
    expect(new Set(heard(call).slice(1))).toEqual(new Set([transferTone]))
  }
})

scenario('configuration transferContexts: a call behind a transfer lasts no longer than is allowed', () => {
  const did = testBed.line({ steps: [{ type: 'transfer', destination: '8002' }] })
  return async () => {
    const call = await testBed.call({ did })
    expect(call).toMatchObject({ status: 200, endedBy: 'switch' })
    expect(call.connectedMs).toBeGreaterThan(1000)
    expect(call.connectedMs).toBeLessThan(3500)
  }
})

const menu = {
  type: 'ivr',
  startMessage: 'start',
  errorMessage: 'wrong',
  timeoutMessage: 'late',
  timeoutSeconds: 2,
  attempts: 2,
  choices: { '1': [play('other')], '2': [], '22': [{ type: 'transfer', destination: '8000' }] },
  failure: [play('sorry')],
}

for (const [what, digits, expected] of [
  ['the entry picks the branch', ['1'], [start, other]],
  [
    'an entry that no longer choice begins with is taken at once, one that has a longer one waits',
    ['22'],
    [start, transferTone],
  ],
  ['an entry that is no choice is a wrong one', ['5', '1'], [start, wrong, other]],
  ['nothing keyed', [], [start, late, late, sorry]],
] as const) {
  scenario(`§5 a menu: ${what}`, () => {
    const did = testBed.line({ steps: [menu] })
    return async () => {
      const keys = digits.map((keyed, i) => ({ afterMs: i === 0 ? 700 : 2300, digits: keyed }))
      const call = await testBed.call({ did, keys, hangUpAfterMs: 10_000 })
      expect(heard(call).slice(0, expected.length)).toEqual(expected)
    }
  })
}

scenario('§5 an ivr for a code: webhooks in its branch get it as {code}', () => {
  const hook = testBed.hook(says('status=ACK'))
  const did = testBed.line({
    webhooks: { pin: { urlTemplate: `${hook.url}?pin={code}` } },
    steps: [
      {
        type: 'ivr',
        startMessage: 'start',
        success: [{ type: 'webhook', webhook: 'pin', success: [play('other')] }],
      },
    ],
  })
  return async () => {
    const call = await testBed.call({ did, keys: [{ afterMs: 700, digits: '4711#' }] })
    expect(heard(call), call.story).toEqual([start, other])
    expect(hook.requests.map(({ target }) => target)).toEqual(['?pin=4711'])
  }
})

scenario('§2 missed is asked when the caller gives up while it rings', () => {
  const bob = testBed.telephone()
  const hook = testBed.hook(says('whatever'))
  const did = testBed.line({
    webhooks: { mail: { urlTemplate: `${hook.url}?from={callerid}&to={did}`, reply: 'ignored' } },
    missed: 'mail',
    steps: [{ type: 'bridge', destination: bob.number }],
  })
  return async () => {
    await bob.rings()
    const call = await testBed.call({ did, cancelAfterMs: 1500 })
    expect(call).toMatchObject({ exit: 0, status: 487 })
    expect(await bob.done()).toBe(0)
    await hook.received(1)
    await anotherCall()
    expect(hook.requests.map(({ target }) => target)).toEqual([
      `?from=%2B31612345678&to=${encodeURIComponent(did)}`,
    ])
  }
})

scenario('§2 missed is tried up to three times', () => {
  const hook = testBed.hook(says('no', { status: 503 }))
  const did = testBed.line({
    webhooks: { mail: { urlTemplate: hook.url, reply: 'ignored' } },
    missed: 'mail',
    steps: [{ type: 'hangup', cause: 'USER_BUSY' }],
  })
  return async () => {
    expect((await testBed.call({ did })).status).toBe(486)
    await hook.received(3)
    await anotherCall()
    expect(hook.requests).toHaveLength(3)
  }
})

scenario('§2 missed is not asked for a caller who talked', () => {
  const bob = testBed.telephone()
  const hook = testBed.hook(says('whatever'))
  const did = testBed.line({
    webhooks: { mail: { urlTemplate: hook.url, reply: 'ignored' } },
    missed: 'mail',
    steps: [{ type: 'bridge', destination: bob.number }],
  })
  return async () => {
    await bob.answers({ talkMs: 500 })
    expect((await testBed.call({ did })).status).toBe(200)
    await anotherCall()
    expect(hook.requests).toHaveLength(0)
  }
})

scenario('§1 an unknown number is rejected', () => async () => {
  const call = await testBed.call({ did: '+31502109998' })
  expect(call).toMatchObject({ exit: 0, status: 404, answeredMs: undefined })
})

scenario('§2 the end of the list, answered: hung up', () => {
  const did = testBed.line({ steps: [play('other')] })
  return async () => {
    const call = await testBed.call({ did })
    expect(call).toMatchObject({ status: 200, endedBy: 'switch' })
    expect(call.connectedMs).toBeLessThan(2000)
  }
})

for (const [refusal, status] of [
  [486, 486],
  [603, 603],
  [404, 404],
] as const) {
  scenario(`§2 the end of the list, unanswered: the cause of the last bridge (${refusal})`, () => {
    const bob = testBed.telephone()
    const did = testBed.line({ steps: [{ type: 'bridge', destination: bob.number }] })
    return async () => {
      await bob.refuses(refusal)
      expect(await testBed.call({ did })).toMatchObject({ exit: 0, status, answeredMs: undefined })
    }
  })
}

scenario('§2 the end of the list, unanswered: what the first of two destinations said does not count', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({
    steps: [
      { type: 'bridge', destination: bob.number },
      { type: 'bridge', destination: eve.number, ringSeconds: 1 },
    ],
  })
  return async () => {
    await Promise.all([bob.refuses(486), eve.rings()])
    expect((await testBed.call({ did })).status).toBe(480)
  }
})

scenario('§2 the end of the list without any bridge: NO_ANSWER', () => {
  const hook = testBed.hook(says('status=ACK'))
  const did = testBed.line({
    webhooks: { crm: { urlTemplate: hook.url } },
    steps: [{ type: 'webhook', webhook: 'crm' }],
  })
  return async () => {
    expect(await testBed.call({ did })).toMatchObject({ exit: 0, status: 480, answeredMs: undefined })
  }
})

for (const [cause, status] of [
  ['USER_BUSY', 486],
  ['CALL_REJECTED', 603],
  ['UNALLOCATED_NUMBER', 404],
  [undefined, 603],
] as const) {
  scenario(`§5 hangup before answer: ${cause ?? 'no cause given'} is ${status}`, () => {
    const did = testBed.line({ steps: [{ type: 'hangup', ...(cause === undefined ? {} : { cause }) }] })
    return async () => {
      expect(await testBed.call({ did })).toMatchObject({ exit: 0, status })
    }
  })
}

scenario('§2 a caller who hangs up in a prompt: nothing else is executed', () => {
  const hook = testBed.hook(says('status=ACK'))
  const did = testBed.line({
    audio: { long: `tone_stream://%(8000,0,${start})` },
    webhooks: { crm: { urlTemplate: hook.url } },
    steps: [play('long'), { type: 'webhook', webhook: 'crm' }],
  })
  return async () => {
    expect(await testBed.call({ did, hangUpAfterMs: 800 })).toMatchObject({ exit: 0, endedBy: 'caller' })
    await anotherCall()
    expect(hook.requests).toHaveLength(0)
  }
})

scenario('§2 a caller who gives up during the request: it is aborted, nothing else is executed', () => {
  const bob = testBed.telephone()
  const hook = testBed.hook(never)
  const did = testBed.line({
    webhooks: { crm: { urlTemplate: hook.url, timeoutSeconds: 10 } },
    steps: [
      { type: 'webhook', webhook: 'crm' },
      { type: 'bridge', destination: bob.number },
    ],
  })
  return async () => {
    const call = await testBed.call({ did, cancelAfterMs: 1000 })
    expect(call).toMatchObject({ exit: 0, status: 487 })
    await anotherCall()
    expect(hook.requests.map(({ aborted }) => aborted)).toEqual([true])
    expect(await bob.invites()).toHaveLength(0)
  }
})

scenario('§2 a caller who gives up while it rings: the callee stops ringing, the next is not rung', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({
    steps: [
      { type: 'bridge', destination: bob.number },
      { type: 'bridge', destination: eve.number },
    ],
  })
  return async () => {
    await bob.rings()
    expect(await testBed.call({ did, cancelAfterMs: 1200 })).toMatchObject({ exit: 0, status: 487 })
    expect(await bob.done()).toBe(0)
    await anotherCall()
    expect(await eve.invites()).toHaveLength(0)
  }
})

scenario('§2 an answered caller hears waitAudio while a webhook is slow', () => {
  const hook = testBed.hook((response) => void setTimeout(() => response.end('status=ACK'), 3500))
  const did = testBed.line({
    audio: { waiting: `tone_stream://%(8000,0,1500)` },
    webhooks: { crm: { urlTemplate: hook.url, timeoutSeconds: 6, waitAudio: 'waiting' } },
    steps: [play('other'), { type: 'webhook', webhook: 'crm', success: [play('sorry')] }],
  })
  return async () => {
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([other, 1500, sorry])
    const [first, waiting] = call.tones
    expect(Math.abs(waiting!.fromMs - (first!.fromMs + first!.ms) - 2000)).toBeLessThan(400)
  }
})

scenario('§5 play with answer: false plays as early media', () => {
  const did = testBed.line({
    steps: [play('other', { answer: false }), { type: 'hangup', cause: 'USER_BUSY' }],
  })
  return async () => {
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([other])
    expect(call).toMatchObject({ exit: 0, status: 486, answeredMs: undefined })
  }
})

scenario('§5 play plays a file below the sounds folder to its end', () => {
  const did = testBed.line({ audio: { bye: 'belplan/nl/goodbye.wav' }, steps: [play('bye')] })
  return async () => {
    const call = await testBed.call({ did })
    expect(call.prompt('belplan/nl/goodbye.wav').likeness).toBeGreaterThan(0.95)
    expect(call.prompt('belplan/en/goodbye.wav').likeness).toBeLessThan(0.7)
  }
})

scenario('§5 audio that cannot be played: the walk goes on', () => {
  const did = testBed.line({
    audio: { gone: 'belplan/nl/not-there.wav' },
    steps: [play('gone'), play('other')],
  })
  return async () => {
    expect(heard(await testBed.call({ did }))).toEqual([other])
  }
})

scenario('§2 plans that go to each other for ever are ended', () => {
  const did = testBed.line({
    steps: [{ type: 'goto', plan: 'round' }],
    plans: { round: [{ type: 'goto', plan: 'round' }] },
  })
  return async () => {
    const call = await testBed.call({ did })
    expect(call).toMatchObject({ exit: 0, answeredMs: undefined })
    expect(call.status).toBeGreaterThanOrEqual(400)
  }
})
