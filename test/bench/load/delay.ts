/** Work that is due a fixed time after it was added, in order: one timer for all of it. */
export interface Delay {
  add(work: () => void): void
}

export function createDelay(ms: number): Delay {
  const queue: { readonly dueMs: number; readonly work: () => void }[] = []
  let head = 0
  let waiting = false

  function run(): void {
    waiting = false
    const now = performance.now()
    while (head < queue.length && queue[head]!.dueMs <= now) queue[head++]!.work()
    if (head === queue.length) queue.length = head = 0
    else if (head > 10_000) {
      queue.splice(0, head)
      head = 0
    }
    if (queue.length > 0) wait()
  }

  function wait(): void {
    waiting = true
    setTimeout(run, Math.max(0, queue[head]!.dueMs - performance.now()))
  }

  return {
    add(work) {
      queue.push({ dueMs: performance.now() + ms, work })
      if (!waiting) wait()
    },
  }
}
