/**
 * How many events go in one question to the database, which may be busy, or behind a slow line: half as many after each that failed, so
 * that the same is not asked for ever, and as many as at first again where it is quick.
 */

/** `question` resolves with how many of `most` there were. Resolves with whether there may be more; rejects as the question does. */
export type InBatches = (question: (most: number) => Promise<number>) => Promise<boolean>

/** So far from the time that a question has that twice as many fit in it. */
const QUICK_MS = 1000

export function createBatches(largest: number): InBatches {
  let size = largest
  return async (question) => {
    const [most, beganMs] = [size, performance.now()]
    try {
      const isFull = (await question(most)) >= most
      if (isFull && performance.now() - beganMs < QUICK_MS) size = Math.min(largest, 2 * most)
      return isFull
    } catch (error) {
      size = Math.max(1, Math.floor(most / 2))
      throw error
    }
  }
}
