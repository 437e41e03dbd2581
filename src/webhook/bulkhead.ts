/** So many at one time, so many waiting, first come first served. */

export interface Bulkhead {
  readonly active: number
  readonly waiting: number
  /**
   * `in`: go ahead, and call `leave` when done. `full`: too many are waiting already. `ended`: the signal aborted
   * first, and the place in the queue is free again.
   */
  enter(signal: AbortSignal): Promise<'in' | 'full' | 'ended'>
  leave(): void
}

export function createBulkhead(maxActive: number, maxWaiting: number): Bulkhead {
  let active = 0
  // A Set keeps the order of arrival, and lets one in the middle go.
  const queue = new Set<() => void>()

  return {
    get active() {
      return active
    },
    get waiting() {
      return queue.size
    },
    enter(signal) {
      if (signal.aborted) return Promise.resolve('ended')
      if (active < maxActive) {
        active++
        return Promise.resolve('in')
      }
      if (queue.size >= maxWaiting) return Promise.resolve('full')
      return new Promise((resolve) => {
        const go = () => {
          signal.removeEventListener('abort', giveUp)
          resolve('in')
        }
        const giveUp = () => {
          queue.delete(go)
          resolve('ended')
        }
        queue.add(go)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
    leave() {
      // The place is handed on, so that nobody who comes just now can slip in before those who wait.
      const [next] = queue
      if (!next) {
        active--
        return
      }
      queue.delete(next)
      next()
    },
  }
}
