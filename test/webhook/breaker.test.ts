/** controller §2 `breaker`: the circuit by itself, on a clock of the test's. */
import { expect, test } from 'vitest'
import { createBreaker, type CircuitState, type Verdict } from '../../src/webhook/breaker.ts'

function circuit(limits: Partial<Parameters<typeof createBreaker>[0]> = {}) {
  const clock = { ms: 1000 }
  const changes: CircuitState[] = []
  const all = { failureRate: 0.5, minimum: 4, windowSeconds: 30, openSeconds: 10, ...limits }
  const breaker = createBreaker(all, () => clock.ms, (state) => changes.push(state)) // prettier-ignore
  const tell = (...verdicts: Verdict[]) => {
    for (const verdict of verdicts) breaker.enter()(verdict)
  }
  return { breaker, clock, changes, tell }
}

test('it opens at the failure rate, and not below', () => {
  const { breaker, tell } = circuit()
  tell('good', 'good', 'good', 'bad', 'bad')
  expect(breaker.state).toBe('closed')
  tell('bad')
  expect(breaker.state).toBe('open')
  expect(breaker.blocked()).toBe(true)
})

test('it does not open below the minimum of requests', () => {
  const { breaker, tell } = circuit()
  tell('bad', 'bad', 'bad')
  expect(breaker.state).toBe('closed')
  tell('bad')
  expect(breaker.state).toBe('open')
})

test('a failure rate of 1 asks for nothing but failures', () => {
  const { breaker, tell } = circuit({ failureRate: 1 })
  tell('good', 'bad', 'bad', 'bad', 'bad')
  expect(breaker.state).toBe('closed')
})

test('what is older than the window is forgotten, however quiet it was since', () => {
  const { breaker, clock, tell } = circuit()
  tell('bad', 'bad', 'bad')
  clock.ms += 30_001
  tell('bad')
  expect(breaker.state).toBe('closed')
  clock.ms += 10_000
  tell('bad', 'bad', 'bad')
  expect(breaker.state).toBe('open')
})

test('what a caller gave up counts for nothing', () => {
  const { breaker, tell } = circuit()
  tell('bad', 'bad', 'bad', 'void', 'void', 'void')
  expect(breaker.state).toBe('closed')
})

test('after openSeconds one probe goes out, and nobody else while it is under way', () => {
  const { breaker, clock, tell, changes } = circuit()
  tell('bad', 'bad', 'bad', 'bad')
  clock.ms += 9_999
  expect(breaker.blocked()).toBe(true)
  clock.ms += 1
  expect(breaker.blocked()).toBe(false)
  const probe = breaker.enter()
  expect(breaker.blocked()).toBe(true)
  probe('good')
  expect(breaker.blocked()).toBe(false)
  expect(changes).toEqual(['open', 'probing', 'closed'])
})

test('a good probe forgets the failures from before', () => {
  const { breaker, clock, tell } = circuit()
  tell('bad', 'bad', 'bad', 'bad')
  clock.ms += 10_000
  tell('good', 'bad', 'bad', 'bad')
  expect(breaker.state).toBe('closed')
})

test.each<Verdict>(['bad', 'void'])('a probe that is %s leaves it open for as long again', (verdict) => {
  const { breaker, clock, tell } = circuit()
  tell('bad', 'bad', 'bad', 'bad')
  clock.ms += 10_000
  tell(verdict)
  expect(breaker.state).toBe('open')
  clock.ms += 9_999
  expect(breaker.blocked()).toBe(true)
  clock.ms += 1
  expect(breaker.blocked()).toBe(false)
})

test('requests from before it opened neither open it again nor close it', () => {
  const { breaker, clock, tell, changes } = circuit()
  const [early, late] = [breaker.enter(), breaker.enter()]
  tell('bad', 'bad', 'bad', 'bad')
  early('good')
  clock.ms += 10_000
  const probe = breaker.enter()
  late('bad')
  expect(breaker.state).toBe('probing')
  probe('good')
  expect(changes).toEqual(['open', 'probing', 'closed'])
})
