import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLoadShedding, type Gate, type LoadShedding } from '../../src/controller/load-shedding.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  overload.stop()
  vi.useRealTimers()
})

let overload: LoadShedding

class FakeGate implements Gate {
  listening = true
  connections = 0
  broken = false
  close() {
    this.listening = false
  }
  reopen() {
    if (this.broken) return Promise.reject(new Error('port in use'))
    this.listening = true
    return Promise.resolve()
  }
}

function watched(maxCalls = 10) {
  const gate = new FakeGate()
  let skew = 0
  overload = createLoadShedding({
    gate,
    maxCalls,
    log: pino({ level: 'silent' }),
    now: () => Date.now() + skew,
  })
  /** The event loop is held up for so long. */
  const hold = (ms: number) => void (skew += ms)
  return { gate, hold }
}

test('an event loop that stays late by more than 200 ms closes the gate, until it is better', async () => {
  const { gate, hold } = watched()
  gate.connections = 1
  hold(150)
  await vi.advanceTimersByTimeAsync(100)
  hold(150)
  await vi.advanceTimersByTimeAsync(100)
  expect(gate.listening).toBe(true)
  hold(250)
  await vi.advanceTimersByTimeAsync(100)
  hold(250)
  await vi.advanceTimersByTimeAsync(100)
  expect([gate.listening, overload.active]).toEqual([false, true])
  await vi.advanceTimersByTimeAsync(200)
  expect(gate.listening).toBe(false)
  await vi.advanceTimersByTimeAsync(300)
  expect([gate.listening, overload.active]).toEqual([true, false])
})

test('a single stall is over when it is seen, and closes nothing', async () => {
  const { gate, hold } = watched()
  gate.connections = 1
  hold(3000)
  await vi.advanceTimersByTimeAsync(1000)
  expect([gate.listening, overload.active]).toEqual([true, false])
})

test('with no call held it is not the calls that make it late: the gate stays open', async () => {
  const { gate, hold } = watched()
  for (let n = 0; n < 10; n++) {
    hold(250)
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(gate.listening).toBe(true)
})

test('while it stays late the gate stays closed', async () => {
  const { gate, hold } = watched()
  gate.connections = 1
  for (let n = 0; n < 50; n++) {
    hold(250)
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(gate.listening).toBe(false)
})

test('the last call that may come in closes the gate at once, and one that goes opens it', async () => {
  const { gate } = watched(2)
  gate.connections = 1
  overload.called()
  expect(gate.listening).toBe(true)
  gate.connections = 2
  overload.called()
  expect(gate.listening).toBe(false)
  await vi.advanceTimersByTimeAsync(5000)
  expect(gate.listening).toBe(false)
  gate.connections = 1
  await vi.advanceTimersByTimeAsync(1200)
  expect(gate.listening).toBe(true)
})

test('a port that cannot be had again is tried on', async () => {
  const { gate } = watched(1)
  gate.connections = 1
  overload.called()
  gate.connections = 0
  gate.broken = true
  await vi.advanceTimersByTimeAsync(3000)
  expect(gate.listening).toBe(false)
  gate.broken = false
  await vi.advanceTimersByTimeAsync(200)
  expect(gate.listening).toBe(true)
})

test('operations once stopped the gate is not opened again', async () => {
  const { gate } = watched(1)
  gate.connections = 1
  overload.called()
  overload.stop()
  gate.connections = 0
  await vi.advanceTimersByTimeAsync(5000)
  expect(gate.listening).toBe(false)
})
