/** How many events go in one question to the database. */
import { expect, test, vi } from 'vitest'
import { createBatches } from '../../src/events/batches.ts'

test('several-machines: after a question that failed fewer are asked for, down to one, and more again as they are quick', async () => {
  const inBatches = createBatches(500)
  const tried: number[] = []
  let fits = 100
  const ask = () =>
    inBatches((most) => {
      tried.push(most)
      return most <= fits ? Promise.resolve(most) : Promise.reject(new Error('timeout'))
    })
  for (let n = 0; n < 3; n++) await expect(ask()).rejects.toThrow('timeout')
  expect(await ask()).toBe(true)
  expect(tried).toEqual([500, 250, 125, 62])
  fits = 0
  for (let n = 0; n < 9; n++) await expect(ask()).rejects.toThrow('timeout')
  expect(tried.at(-1)).toBe(1)
  fits = 500
  for (let n = 0; n < 12; n++) await ask()
  expect(tried.slice(-4)).toEqual([256, 500, 500, 500])
})

test('several-machines: a batch that was slow, or not full, grows no further', async () => {
  const inBatches = createBatches(500)
  await expect(inBatches(() => Promise.reject(new Error('timeout')))).rejects.toThrow()
  const sizes: number[] = []
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
  await inBatches((most) => {
    sizes.push(most)
    clock.mockReturnValue(1500)
    return Promise.resolve(most)
  })
  clock.mockRestore()
  const isMore = await inBatches((most) => {
    sizes.push(most)
    return Promise.resolve(most - 1)
  })
  expect(isMore).toBe(false)
  await inBatches((most) => {
    sizes.push(most)
    return Promise.resolve(most)
  })
  await inBatches((most) => Promise.resolve(sizes.push(most)))
  expect(sizes).toEqual([250, 250, 250, 500])
})
