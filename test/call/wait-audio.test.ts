/** What the caller hears while a webhook is slow. */
import { describe, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import type { TimelineEntry } from '../../src/simulator/timeline.ts'
import { startCallController } from '../harness/call-controller.ts'

const did = '+31502100000'
const ask = { type: 'webhook', webhook: 'crm', success: [{ type: 'bridge', destination: '215' }] }
const play = { type: 'play', audio: 'hello' }

/** A call whose webhook takes `slowMs`: what was played, and how that ended, by the ms since the request. */
async function heard(
  steps: object[],
  { slowMs, waitAudio, ...script }: { slowMs: number; waitAudio?: string } & Partial<CallScript>,
) {
  let askedAt = 0
  const controller = await startCallController({
    plan: {
      audio: { hello: 'hello.wav', music: 'local_stream://music' },
      webhooks: {
        crm: { urlTemplate: 'https://crm.example/', timeoutSeconds: 6, ...(waitAudio && { waitAudio }) },
      },
      plans: { main: { numbers: [did], steps } },
    },
    async answer() {
      askedAt = performance.now()
      await new Promise((resolve) => setTimeout(resolve, slowMs))
      return { status: 'ACK' }
    },
  })
  const played: { readonly audio: string; readonly end: string }[] = []
  const begun: { readonly audio: string; readonly afterMs: number }[] = []
  const observe = (entry: TimelineEntry): void => {
    if (entry.type === 'audio') played.push({ audio: entry.audio, end: entry.end })
    if (entry.type === 'application' && entry.name === 'playback' && askedAt > 0)
      begun.push({ audio: entry.argument, afterMs: performance.now() - askedAt })
  }
  const answers = { '215': { outcome: 'answered', talkMs: 50 } } as const
  const call = { did, domain: 'acme.example', tickMs: 1, answers, observe, ...script }
  const result = await placeCall(controller, call)
  await controller.stop()
  return { result, played, begun, records: controller.records }
}

// Each takes more than 2 s: they wait at the same time.
describe.concurrent('§3 waitAudio', () => {
  test('§3 an answered caller hears waitAudio after 2 s, until the answer comes', async () => {
    const { result, played, begun } = await heard([play, ask], { slowMs: 2600, waitAudio: 'music' })
    expect(result).toMatchObject({ ended: 'talked', violations: [] })
    expect(played).toEqual([
      { audio: 'hello.wav', end: 'played' },
      { audio: 'local_stream://music', end: 'interrupted' },
    ])
    expect(begun).toHaveLength(1)
    expect(begun[0]!.afterMs).toBeGreaterThan(1950)
    expect(begun[0]!.afterMs).toBeLessThan(2500)
  })

  test('§3 without waitAudio it is the ringing tone of the default country', async () => {
    const { result, played } = await heard([play, ask], { slowMs: 2300 })
    expect(result).toMatchObject({ ended: 'talked', violations: [] })
    expect(played.at(-1)).toEqual({
      audio: 'tone_stream://%(1000,4000,425);loops=-1',
      end: 'interrupted',
    })
  })

  test('§3 an answer that comes as the audio begins stops it all the same', async () => {
    const { result, played } = await heard([play, ask], { slowMs: 2003, waitAudio: 'music' })
    expect(result).toMatchObject({ ended: 'talked', violations: [] })
    expect(played.filter(({ end }) => end === 'played').map(({ audio }) => audio)).toEqual(['hello.wav'])
  })

  test('§3 a caller who is not answered hears nothing of it', async () => {
    const { result, begun } = await heard([ask], { slowMs: 2300, waitAudio: 'music' })
    expect(result).toMatchObject({ ended: 'talked', violations: [] })
    expect(begun).toEqual([])
  })

  test('§2 a caller who hangs up while it plays ends the walk', async () => {
    const { result, records } = await heard([play, ask], {
      slowMs: 3000,
      waitAudio: 'music',
      hangUp: { when: { afterMs: 2300 } },
    })
    expect(result).toMatchObject({ ended: 'hangup', invites: [], violations: [] })
    expect(records).toMatchObject([{ ending: 'callerHungUp' }])
  })
})
