/** The process for events by itself, at its end. */
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { OwnFromEvents, ToEvents } from '../../src/events/messages.ts'
import { startProcess } from '../../src/util/background-process.ts'
import type { FromSupervised } from '../../src/util/supervised-process.ts'
import { event, nextOf, stores } from './stores.ts'

type FromEvents = FromSupervised | OwnFromEvents

const PROGRAM = new URL('../../src/events/events-process.ts', import.meta.url)
const webhooks = {
  ...{
    maxConcurrent: 4,
    maxQueued: 4,
    maxConcurrentPerDocument: 4,
    maxConnections: 4,
    requestsPerSecond: 10,
  },
  ...{ maxTimeoutSeconds: 2, allowPrivateNetworks: [] },
  breaker: { minimum: 5, failureShare: 0.5, openSeconds: 1, windowSeconds: 10 },
} as unknown as Extract<ToEvents, { say: 'start' }>['webhooks']

function startIn(folder: string) {
  const child = startProcess(PROGRAM, 'apart')
  onTestFinished(() => void child.kill('SIGKILL'))
  child.send({
    ...{ say: 'start', folder, name: 'a-1', again: false, webhooks, version: 'test' },
  } satisfies ToEvents)
  return child
}

test('events: a question that fails is answered, too', async () => {
  const child = startIn(stores().folder)
  child.send({ say: 'list', n: 7, query: { most: 'many' as unknown as number } } satisfies ToEvents)
  for (;;) {
    const [message] = (await once(child, 'message')) as [FromEvents]
    if (message.say === 'log') continue
    expect(message).toEqual({ say: 'unanswered', n: 7, reason: 'datatype mismatch' })
    break
  }
})

test('events: a process whose controller is gone before it answers still reads the log, and ends', async () => {
  const { folder, open, clock } = stores()
  const log = join(folder, 'a-1.1.log')
  const line = (call: string) => `${JSON.stringify({ sinceMs: Date.now(), event: event(call, 'started') })}\n`
  mkdirSync(folder, { recursive: true })
  writeFileSync(log, line('1'))
  const child = startIn(folder)
  child.on('message', (message: FromEvents) => {
    if (message.say !== 'receiver?') return
    appendFileSync(log, line('2'))
    child.disconnect()
  })
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(readdirSync(folder)).not.toContain('a-1.1.log')
  clock.ms = Date.now()
  expect(nextOf(open('a-1')).sort()).toEqual(['1-started', '2-started'])
})
