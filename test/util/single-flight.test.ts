import { expect, onTestFinished, test, vi } from 'vitest'
import { singleFlight } from '../../src/util/single-flight.ts'

test('one flight at a time, also behind one that fails', async () => {
  const began: ((error?: Error) => void)[] = []
  let running = 0
  const fly = singleFlight(async () => {
    expect(++running).toBe(1)
    const number = began.length
    await new Promise<void>((resolve, reject) =>
      began.push((error) => (error ? reject(error) : resolve())),
    ).finally(() => running--)
    return number
  }, 0)
  const first = fly()
  const [second, alsoSecond] = [fly(), fly()]
  began[0]!(new Error('storm'))
  await expect(first).rejects.toThrow('storm')
  await expect.poll(() => began.length).toBe(2)
  const third = fly()
  began[1]!()
  expect(await Promise.all([second, alsoSecond])).toEqual([1, 1])
  await expect.poll(() => began.length).toBe(3)
  began[2]!()
  expect(await third).toBe(2)
  const fourth = fly()
  began[3]!()
  expect(await fourth).toBe(3)
})

test('a flight that began just now begins anew for those who come, and later no more', async () => {
  const flights: { land: (number: number) => void; givenUp: AbortSignal }[] = []
  const fly = singleFlight(
    (givenUp) =>
      new Promise<number>((land, reject) => {
        flights.push({ land, givenUp })
        givenUp.addEventListener('abort', () => reject(new Error('given up')))
      }),
    100,
  )
  const first = fly()
  const second = fly()
  await expect.poll(() => flights.length).toBe(2)
  expect(flights.map(({ givenUp }) => givenUp.aborted)).toEqual([true, false])
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 101)
  onTestFinished(() => void vi.restoreAllMocks())
  const third = fly()
  flights[1]!.land(1)
  expect(await Promise.all([first, second])).toEqual([1, 1])
  await expect.poll(() => flights.length).toBe(3)
  flights[2]!.land(2)
  expect(await third).toBe(2)
})
