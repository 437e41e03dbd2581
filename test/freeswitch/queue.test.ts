/** Callers who wait in queues of mod_callcenter, which no controller holds meanwhile. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { CallRecord } from '../../src/records/index.ts'
import { until } from '../harness/until.ts'
import type { CallReport } from './harness/caller.ts'
import { edit, withoutAgents } from './harness/configuration.ts'
import { startTestBed } from './harness/scenario.ts'
import { header } from './harness/sip.ts'
import { frequenciesIn, measured } from './harness/sox.ts'
import type { Telephone } from './harness/telephone.ts'

/** `lonely` has no agents and sends callers away, `narrow` takes one caller, `patient` lets them wait. */
const QUEUES = [
  'answered',
  'hidden',
  'patient',
  'keyed',
  'narrow',
  'forged',
  'handed',
  'slow',
  'again',
  'killed',
  'left',
  'named',
  'recorded',
]

function withQueues(conf: string): void {
  edit(conf, 'autoload_configs/callcenter.conf.xml', (text) => {
    const sales = /<queue name="sales">[\s\S]*?<\/queue>/.exec(text)![0]
    const like = (name: string, seconds: number) =>
      withoutAgents(sales, seconds).replace('"sales"', `"${name}"`)
    const others = QUEUES.map((name) => like(name, 0))
    return text.replace(sales, [sales, like('lonely', 2), ...others].join('\n'))
  })
}

const testBed = await startTestBed({ change: withQueues })
const { scenario } = testBed

/** An agent who is available, in one queue. */
async function agent(queue: string, { number }: Telephone): Promise<void> {
  const port = number.slice(1)
  const config = (words: string) => testBed.switch.api(`callcenter_config ${words}`)
  await config(`agent add ${queue}-1 callback`)
  await config(`agent set contact ${queue}-1 sofia/external/${queue}@127.0.0.1:${port}`)
  await config(`agent set status ${queue}-1 Available`)
  await config(`tier add ${queue} ${queue}-1 1 1`)
}

const recordOf = (did: string) => testBed.record(did, 10_000)
const queueOf = ({ steps }: CallRecord) => steps.find(({ type }) => type === 'queue')
const tonesOf = (call: CallReport) => call.tones.map(({ freqHz }) => Math.round(freqHz / 100) * 100)

scenario('§5 queue: an agent answers, and behind the conversation the call is over', () => {
  const bob = testBed.telephone()
  const did = testBed.line({
    steps: [
      { type: 'callername', mode: 'replace', text: 'VIP: Jane "the $ {x}" Doe' },
      { type: 'queue', queue: 'answered' },
      { type: 'play', audio: 'sorry' },
    ],
  })
  return async () => {
    await bob.answers({ ringMs: 1000, talkMs: 1500 })
    await agent('answered', bob)
    const call = await testBed.call({ did })
    expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
    const [invite] = await bob.invites()
    expect(header(invite!, 'from')).toMatch(/^"VIP: Jane 'the \$ \{x\}' Doe" <sip:\+31612345678@/)
    const record = await recordOf(did)
    expect(record).toMatchObject({ ending: 'talked' })
    expect(record.talkMs).toBeGreaterThan(1000)
    expect(queueOf(record)).toMatchObject({ outcome: 'answered', agent: 'answered-1', queue: 'answered' })
    expect(record.steps).toMatchObject([{ type: 'callername', ms: expect.any(Number) as number }, {}])
  }
})

scenario('§5 queue: the conversation with an agent is recorded, and nothing of the wait', () => {
  const bob = testBed.telephone()
  const did = testBed.line({ steps: [{ type: 'record' }, { type: 'queue', queue: 'recorded' }] })
  return async () => {
    await bob.answers({ ringMs: 2000, talkMs: 3000, says: 1400 })
    await agent('recorded', bob)
    const call = await testBed.call({ did, says: 1000 })
    expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
    const { recording } = await recordOf(did)
    expect(globSync(join(testBed.recordings, '**/*.wav'))).toEqual([recording?.file])
    const { channels, ms, left, right } = measured(recording!.file)
    expect(channels).toBe(2)
    expect(frequenciesIn(left)).toEqual([1000])
    expect(frequenciesIn(right)).toEqual([1400])
    expect(Math.abs(ms - 3000), `${ms} ms`).toBeLessThan(400)
    expect(Math.abs(ms - recording!.ms!), `${ms} ms, said ${recording!.ms}`).toBeLessThan(100)
  }
})

scenario(
  '§5 queue: who is suppressed is so to agents, and to those behind the queue only where they are',
  () => {
    const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
    const did = testBed.line({
      plans: {
        hidden: [
          { type: 'callerid', presentation: 'suppressed' },
          { type: 'queue', queue: 'hidden', maxWaitSeconds: 4 },
        ],
      },
      steps: [
        { type: 'call', plan: 'hidden' },
        { type: 'bridge', destination: eve.number },
      ],
    })
    return async () => {
      await Promise.all([bob.rings(), eve.answers({ talkMs: 500 })])
      await agent('hidden', bob)
      const call = await testBed.call({ did, name: 'Jane Doe' })
      expect(call, call.story).toMatchObject({ status: 200 })
      const [hidden] = await bob.invites()
      expect(header(hidden!, 'from')).toContain('anonymous')
      expect(header(hidden!, 'privacy')).toBe('id')
      expect(JSON.stringify([hidden!.headers, hidden!.start])).not.toMatch(/31612345678|Jane/)
      const [shown] = await eve.invites()
      expect(header(shown!, 'from')).toContain('+31612345678')
      expect(header(shown!, 'privacy')).toBeUndefined()
    }
  },
)

scenario(
  '§5 queue: nobody answers within maxWaitSeconds, and the plan goes on; the controller held nothing meanwhile',
  () => {
    const did = testBed.line({
      steps: [
        {
          type: 'queue',
          queue: 'patient',
          maxWaitSeconds: 3,
          on: { timeout: [{ type: 'play', audio: 'late' }] },
        },
        { type: 'play', audio: 'sorry' },
      ],
    })
    return async () => {
      const calling = testBed.call({ did })
      await testBed.queued('patient')
      await until('the controller holds no call', async () => {
        const held = await fetch(`${testBed.controller.apiUrl}/calls/live`)
        return JSON.stringify(await held.json()).includes(did) ? undefined : true
      })
      const call = await calling
      expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
      expect(tonesOf(call).slice(-2)).toEqual([900, 1100])
      const record = await recordOf(did)
      expect(queueOf(record)).toMatchObject({ outcome: 'timeout' })
      expect(queueOf(record)!['waitMs']).toBeGreaterThanOrEqual(2000)
      expect(queueOf(record)!['waitMs']).toBeLessThanOrEqual(5000)
      expect(record.ending).toBe('endOfList')
    }
  },
)

scenario('§5 queue: the caller leaves by the exit key, and by no other', () => {
  const did = testBed.line({
    steps: [
      {
        type: 'queue',
        queue: 'keyed',
        maxWaitSeconds: 20,
        exitKey: '1',
        on: { exitKey: [{ type: 'play', audio: 'other' }] },
      },
    ],
  })
  return async () => {
    const call = await testBed.call({
      did,
      keys: [
        { afterMs: 1000, digits: '2', by: 'info' },
        { afterMs: 1500, digits: '1', by: 'rtp' },
      ],
    })
    expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
    expect(tonesOf(call).at(-1)).toBe(1300)
    const queue = queueOf(await recordOf(did))!
    expect(queue).toMatchObject({ outcome: 'exitKey' })
    expect(queue['waitMs']).toBeGreaterThanOrEqual(1000)
  }
})

scenario('§5 queue: without agents callers leave as soon as the queue says so', () => {
  const did = testBed.line({
    steps: [{ type: 'queue', queue: 'lonely', on: { noAgents: [{ type: 'play', audio: 'wrong' }] } }],
  })
  return async () => {
    const call = await testBed.call({ did })
    expect(tonesOf(call).at(-1), call.story).toBe(700)
    expect(queueOf(await recordOf(did))).toMatchObject({ outcome: 'noAgents' })
  }
})

scenario('§5 queue: one that FreeSWITCH does not have is a failure, with a warning in the journal', () => {
  const did = testBed.line({
    steps: [
      {
        type: 'queue',
        queue: 'nowhere',
        maxWaitSeconds: 5,
        on: { failed: [{ type: 'play', audio: 'wrong' }] },
      },
    ],
  })
  return async () => {
    const call = await testBed.call({ did })
    expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
    expect(tonesOf(call)).toEqual([700])
    expect(queueOf(await recordOf(did))).toMatchObject({
      outcome: 'failed',
      warnings: [expect.stringContaining('no such queue')],
    })
  }
})

scenario('configuration a queue in which as many wait as the operator allows is full', () => {
  const did = testBed.line({
    steps: [
      {
        type: 'queue',
        queue: 'narrow',
        maxWaitSeconds: 6,
        on: { full: [{ type: 'hangup', cause: 'USER_BUSY' }] },
      },
    ],
  })
  return async () => {
    const first = testBed.call({ did })
    await testBed.queued('narrow')
    expect(await testBed.call({ did })).toMatchObject({ status: 486 })
    expect(await first).toMatchObject({ status: 200 })
  }
})

scenario('§5 queue: what a caller sends as a name is no row of those who wait', () => {
  const did = testBed.line({ steps: [{ type: 'queue', queue: 'forged', maxWaitSeconds: 6 }] })
  const row = `forged|a|b|c|1|x|1|1|0|0|0|0|0|||Waiting|9`
  return async () => {
    // FreeSWITCH decodes it.
    const first = testBed.call({
      did,
      name: `x|1|1|0|0|0|0|0|||Waiting|9%0A${row}%0A${row}%0A${row.slice(0, 16)}`,
    })
    await testBed.queued('forged')
    const members = await testBed.switch.api('callcenter_config queue list members forged')
    expect(members.trim().split('\n')).toEqual([
      expect.stringMatching(/^queue[|]/),
      expect.stringMatching(/^forged[|].*[|]Waiting[|]\d+$/),
      '+OK',
    ])
    expect(await testBed.call({ did })).toMatchObject({ status: 200 })
    await first
  }
})

scenario(
  '§5 queue: a caller who hangs up while they wait is a missed call, and its record has the steps before',
  () => {
    const missed = testBed.hook((response) => void response.end())
    const did = testBed.line({
      webhooks: { missed: { urlTemplate: `${missed.url}?caller={callerid}` } },
      missed: 'missed',
      steps: [
        { type: 'play', audio: 'start' },
        { type: 'queue', queue: 'left' },
      ],
    })
    return async () => {
      const call = await testBed.call({ did, hangUpAfterMs: 3500 })
      expect(call).toMatchObject({ endedBy: 'caller' })
      await missed.received(1)
      const record = await recordOf(did)
      expect(record).toMatchObject({ ending: 'callerHungUp', answered: true })
      expect(record.steps).toMatchObject([
        { type: 'play', outcome: 'played', ms: expect.any(Number) as number },
        { type: 'queue', queue: 'left', outcome: 'interrupted', waitMs: expect.any(Number) as number },
      ])
    }
  },
)

scenario(
  '§5 queue: more queues than attempts, one behind the other, use up neither attempts nor forwards',
  () => {
    const queue = { type: 'queue', queue: 'slow', maxWaitSeconds: 1 }
    const did = testBed.line({
      steps: [...Array.from({ length: 23 }, () => queue), { type: 'play', audio: 'sorry' }],
    })
    return async () => {
      const calling = testBed.call({ did, hangUpAfterMs: 100_000 })
      await testBed.queued('slow')
      const id = await testBed.channel(did)
      const variable = (name: string) => testBed.switch.api(`uuid_getvar ${id} ${name}`)
      const forwards = await variable('max_forwards')
      const joined = new Set<string>()
      await until(
        'the caller has been in twenty of them',
        async () => (joined.add(await variable('cc_queue_joined_epoch')).size >= 20 ? true : undefined),
        { withinMs: 90_000, everyMs: 200 },
      )
      expect(await variable('max_forwards')).toBe(forwards)
      const call = await calling
      expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
      expect(tonesOf(call).at(-1)).toBe(1100)
      const { steps } = await recordOf(did)
      expect(steps.map(({ outcome }) => outcome)).toEqual([
        ...Array.from({ length: 23 }, () => 'timeout'),
        'played',
      ])
    }
  },
)
