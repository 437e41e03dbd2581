/** Lists that several controllers ring in turn: how fair that is, and what becomes of a call whose controller is lost. */
import { afterEach, describe, expect, test } from 'vitest'
import { createRingOrder } from '../../src/plan/ring-orders.ts'
import { placeCall, type Target } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import { startCallController, type CallController } from '../harness/call-controller.ts'

const did = '+31502100000'
const group = ['215', '216', '217', '218', '219']
const planOf = (strategy: string) => ({
  domain: 'acme.example',
  plans: {
    main: {
      numbers: [did],
      steps: [{ type: 'bridge', destination: group, strategy, ringSeconds: 5 }],
    },
  },
})

const controllers: CallController[] = []
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.stop()
})

async function start(strategy = 'roundRobin'): Promise<CallController> {
  const controller = await startCallController({ plan: planOf(strategy) })
  controllers.push(controller)
  return controller
}

const busy: CallScript['answers'] = () => ({ outcome: 'busy' })
const rung = async (target: Target | readonly Target[], script: Partial<CallScript> = {}) => {
  const call = { did, answers: busy, speed: Infinity, tickMs: 0, ...script }
  const { invites } = await placeCall(target, call)
  return invites.map(({ destination }) => destination.replace(/@.*/, ''))
}

describe('a list in turn', () => {
  test('§5 one controller: strictly in turn, call after call', async () => {
    const controller = await start()
    const firsts: number[] = []
    for (let call = 0; call < 12; call++) {
      const list = await rung(controller)
      firsts.push(group.indexOf(list[0]!))
      // The others follow behind it, and then the list from its begin.
      expect(list).toEqual(group.map((_, i) => group[(firsts[call]! + i) % group.length]))
    }
    expect(firsts).toEqual(firsts.map((_, call) => (firsts[0]! + call) % group.length))
  })

  test('§5 1,000 calls over three controllers that are restarted 21 times: each is first about as often', async () => {
    const serving = [await start(), await start(), await start()]
    let lives = serving.length
    const counts = new Map(group.map((destination) => [destination, 0]))
    for (let call = 0; call < 1000; call++) {
      if (call % 45 === 44 && lives < 24) {
        const at = lives++ % 3
        await serving[at]!.stop()
        serving[at] = await start()
      }
      // Whichever FreeSWITCH comes upon.
      const [first] = await rung(serving[Math.floor(Math.random() * 3)]!)
      counts.set(first!, counts.get(first!)! + 1)
    }
    expect(lives).toBe(24)
    const [most, least] = [Math.max(...counts.values()), Math.min(...counts.values())]
    console.log(`first of 1,000 calls: ${JSON.stringify(Object.fromEntries(counts))}, spread ${most - least}`)
    // Each life of a controller favours one over another by one call at most.
    expect(most - least).toBeLessThanOrEqual(lives)
  }, 120_000)

  test('§5 the random begin favours none, over many starts', () => {
    const counts = group.map(() => 0)
    for (let life = 0; life < 5000; life++) counts[createRingOrder()('roundRobin', 'acme main/0', 5)[0]!]!++
    // Five standard deviations of 28.3.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(142)
  })
})

test.for(['roundRobin', 'random'])(
  '§5 %s: a call whose controller is lost while it rings goes on in the same order with another',
  async (strategy) => {
    for (let call = 0; call < 6; call++) {
      const [first, second] = [await start(strategy), await start(strategy)]
      const dies = 1 + (call % 4)
      let invited = 0
      const list = await rung([first, second], {
        answers: () => {
          if (++invited === dies) first.kill()
          return { outcome: 'busy', afterMs: 50 }
        },
        speed: 20,
      })
      expect(list).toHaveLength(group.length)
      expect(new Set(list).size).toBe(group.length)
      const [record] = second.records
      expect(record?.controllers).toHaveLength(2)
      const step = record!.steps.at(-1)!
      const order = step['order'] as readonly number[]
      expect(list).toEqual(order.map((place) => group[place]))
      expect(step['destinations']).toEqual(list)
    }
  },
)
