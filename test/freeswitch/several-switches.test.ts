/** One controller that serves three FreeSWITCH, of which its list has two: each end of a call is that of its own. */
import { expect } from 'vitest'
import { until } from '../harness/until.ts'
import { startTestBed } from './harness/scenario.ts'
import type { Switch } from './harness/switch.ts'

const testBed = await startTestBed({ sideBySide: false, switchCount: 3, listed: 2 })
const { scenario } = testBed

const get = async (path: string) => (await fetch(`${testBed.controller.apiUrl}${path}`)).text()
const linked = async (): Promise<boolean[]> => {
  const { freeswitch } = JSON.parse(await get('/readyz')) as { freeswitch: { connected: boolean }[] }
  return freeswitch.map(({ connected }) => connected)
}

/** Resolves with the id of the call, once its parties talk and its record waits for the end. */
async function talks(did: string, on: Switch): Promise<string> {
  const id = await testBed.channel(did, on)
  return until(`the record of ${did} waits`, async () => {
    const { state, ending } = JSON.parse(await get(`/calls/${id}`)) as { state?: string; ending?: string }
    return state === 'live' && ending === 'talked' ? id : undefined
  })
}

const rings = (telephone: { readonly number: string }) =>
  testBed.line({ steps: [{ type: 'bridge', destination: telephone.number, ringSeconds: 30 }] })

scenario(
  'operations one FreeSWITCH that is killed has its calls settled when it is back, and those of the other go on',
  () => {
    const [bob, eve, tim] = [testBed.telephone(), testBed.telephone(), testBed.telephone()]
    const [toBob, toEve, toTim] = [rings(bob), rings(eve), rings(tim)]
    return async () => {
      const [first, second] = testBed.switches as [Switch, Switch]
      await Promise.all([bob.answers({ talkMs: 12_000 }), eve.answers({ talkMs: 60_000 }), tim.rings()])
      const calling = testBed.call({ did: toBob, to: first, hangUpAfterMs: 30_000 })
      // What becomes of callers whose FreeSWITCH is gone is theirs.
      for (const did of [toEve, toTim]) void testBed.call({ did, to: second }).catch(() => undefined)
      await Promise.all([talks(toBob, first), talks(toEve, second), tim.called()])
      expect(await linked()).toEqual([true, true])

      await second.crash()
      await until('the link is down', async () => !(await linked())[1] || undefined)
      expect(await linked()).toEqual([true, false])
      expect(await get('/metrics')).toMatch(/belplan_freeswitch_linked\{freeswitch="fs-2"\} 0/)
      expect((await calling).endedBy).toBe('switch')
      const talked = await testBed.record(toBob)
      expect(talked).toMatchObject({ ending: 'talked', freeswitch: 'fs-1', cause: 'NORMAL_CLEARING' })
      expect(talked.talkMs).toBeGreaterThan(11_000)
      expect([toEve, toTim].flatMap((did) => testBed.records(did))).toEqual([])

      await second.start()
      expect(await testBed.record(toEve, 30_000)).toMatchObject({ ending: 'talked', freeswitch: 'fs-2' })
      expect(testBed.records(toEve)[0]).not.toHaveProperty('talkMs')
      expect(await testBed.record(toTim, 30_000)).toMatchObject({
        ...{ ending: 'lost', freeswitch: 'fs-2' },
        notes: ['FreeSWITCH was restarted while the call was held'],
      })
      for (const did of [toBob, toEve, toTim]) expect(testBed.records(did)).toHaveLength(1)
    }
  },
)

scenario(
  'operations calls that a killed controller left on two FreeSWITCH have their records by what each says of its own',
  () => {
    const [bob, eve] = [testBed.telephone(), testBed.telephone()]
    const [toBob, toEve] = [rings(bob), rings(eve)]
    return async () => {
      const [first, second] = testBed.switches as [Switch, Switch]
      await until('both are linked', async () => (await linked()).every(Boolean) || undefined)
      await Promise.all([bob.answers({ ringMs: 6000, talkMs: 2000 }), eve.answers({ ringMs: 6000, talkMs: 3000 })])
      const calling = [
        testBed.call({ did: toBob, to: first }),
        testBed.call({ did: toEve, to: second }),
      ]
      await Promise.all([bob.called(), eve.called()])
      await testBed.controller.end('SIGKILL')
      await testBed.controller.start()
      for (const { status } of await Promise.all(calling)) expect(status).toBe(200)
      for (const [did, name, talkMs] of [[toBob, 'fs-1', 2000], [toEve, 'fs-2', 3000]] as const) {
        const record = await testBed.record(did)
        expect(record).toMatchObject({ ending: 'talked', freeswitch: name, cause: 'NORMAL_CLEARING' })
        expect(Math.round(record.talkMs! / 1000)).toBe(talkMs / 1000)
        expect(testBed.records(did)).toHaveLength(1)
      }
    }
  },
) // prettier-ignore

scenario(
  'operations a conversation on a FreeSWITCH that is not in the list has its record when it begins, and goes on',
  () => {
    const bob = testBed.telephone()
    const toBob = rings(bob)
    return async () => {
      await until('both are linked', async () => (await linked()).every(Boolean) || undefined)
      await bob.answers({ talkMs: 6000 })
      const calling = testBed.call({ did: toBob, to: testBed.switches[2]! })
      const record = await testBed.record(toBob, 5000)
      expect(record).toMatchObject({ ending: 'talked', answered: true })
      for (const field of ['freeswitch', 'talkMs']) expect(record).not.toHaveProperty(field)
      const { endedBy, connectedMs } = await calling
      expect(endedBy).toBe('switch')
      expect(connectedMs).toBeGreaterThan(5000)
      expect(testBed.records(toBob)).toHaveLength(1)
    }
  },
)
