/** Who is served when, who is dropped, and that nothing is done where nobody looks. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FollowedCall } from '../../src/call/call.ts'
import { createLive, type Live } from '../../src/live/live.ts'
import type { Outlet } from '../../src/live/readers.ts'
import type { CompiledStep } from '../../src/plan/step.ts'
import { id, record } from '../records/records.ts'

beforeEach(() =>
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] }),
)
afterEach(() => vi.useRealTimers())

const none = { count: 0, live: () => [] }
const everything = { client: 'local' }

/** A reader that takes nothing more while `takes` is false. */
class Reader implements Outlet {
  readonly writes: string[] = []
  takes = true
  state: 'open' | 'ended' | 'destroyed' = 'open'
  write(bytes: Buffer, more = ''): void {
    this.writes.push(`${bytes.toString()}${more}`)
  }
  backlog(): number {
    return this.takes ? 0 : 1
  }
  end(): void {
    this.state = 'ended'
  }
  destroy(): void {
    this.state = 'destroyed'
  }
  get text(): string {
    return this.writes.join('')
  }
  /** Of the calls whose end it was told. */
  get ended(): number[] {
    return [...this.text.matchAll(/event: ended\ndata: \{"id":"[^"]*?0*(\d+)"/g)].map(([, n]) => Number(n))
  }
}

function join(live: Live, lastId?: string): Reader & { leave: () => void } {
  const reader = new Reader()
  const leave = live.read(everything, lastId, reader)!
  return Object.assign(reader, { leave })
}

const end = (live: Live, ...calls: number[]) => calls.forEach((n) => live.ended(record(id(n))))
const turn = () => vi.advanceTimersByTime(200)

describe('api /stream, its readers', () => {
  test('while nobody reads, a call is counted, and neither looked at nor serialised', () => {
    const live = createLive({ held: () => none })
    const call: FollowedCall = {
      id: id(1),
      document: 'acme',
      get live(): never {
        throw new Error('looked at')
      },
    }
    const stringify = vi.spyOn(JSON, 'stringify')
    expect(live.follower.follows).toBe(false)
    live.follower.began(call)
    live.follower.left(call, undefined)
    end(live, 1)
    expect(stringify).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
    stringify.mockRestore()
    const reader = join(live)
    turn()
    expect(live.follower.follows).toBe(true)
    expect(reader.text).toContain('data: {"held":0,"perMinute":1,"endedLastHour":{"talked":1}}\n\n')
    reader.leave()
    live.close()
  })

  test('an entry is serialised once, whoever reads it, and readers of one view get the same bytes', () => {
    const live = createLive({ held: () => none })
    const readers = Array.from({ length: 5 }, () => join(live))
    turn()
    const stringify = vi.spyOn(JSON, 'stringify')
    end(live, 1, 2, 3)
    expect(stringify).toHaveBeenCalledTimes(3)
    stringify.mockRestore()
    turn()
    for (const reader of readers) {
      expect(reader.ended).toEqual([1, 2, 3])
      // One with the counts at the beginning, one with all three.
      expect(reader.writes).toHaveLength(2)
    }
    live.close()
  })

  test('a minute after the last reader is gone nothing is kept for it', () => {
    const live = createLive({ held: () => none })
    const first = join(live)
    turn()
    const [, lastId] = /^id: (.*)$/m.exec(first.text)!
    first.leave()
    end(live, 1)
    vi.advanceTimersByTime(59_000)
    expect(live.follower.follows).toBe(true)
    const back = join(live, lastId)
    turn()
    expect(back.ended).toEqual([1])
    back.leave()
    vi.advanceTimersByTime(60_000)
    expect(live.follower.follows).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
    const late = join(live, lastId)
    turn()
    expect(late.text).toMatch(/^id: (?!.*-1$).*\nevent: reset\ndata: \{\}\n\n/)
    expect(late.ended).toEqual([])
    live.close()
  })

  test('where more than ten read, they take turns: each is served once a second what came before', () => {
    const live = createLive({ held: () => none })
    const readers = Array.from({ length: 100 }, () => join(live))
    for (let i = 0; i < 10; i++) turn()
    end(live, 1)
    const served = () => readers.filter(({ ended }) => ended.length > 0).length
    const each = Array.from({ length: 10 }, () => {
      const before = served()
      turn()
      return served() - before
    })
    expect(Math.max(...each)).toBe(20)
    expect(served()).toBe(100)
    end(live, 2)
    for (let i = 0; i < 10; i++) turn()
    for (const { ended } of readers) expect(ended).toEqual([1, 2])
    live.close()
  })

  test('a reader that takes nothing is sent nothing, catches up when it does, and is dropped when it is too far behind', () => {
    const live = createLive({ held: () => none })
    const [slow, dead, good] = [join(live), join(live), join(live)]
    turn()
    slow.takes = dead.takes = false
    end(live, 1, 2)
    turn()
    end(live, 3)
    turn()
    expect([slow.writes.length, good.ended]).toEqual([1, [1, 2, 3]])
    slow.takes = true
    turn()
    expect(slow.ended).toEqual([1, 2, 3])
    expect(live.counts()).toEqual({ readers: 3, dropped: 0 })
    const bytes = JSON.stringify(record(id(1))).length
    for (let sent = 0; sent < 2 * 256 * 1024; sent += bytes) end(live, 4)
    for (let i = 0; i < 3; i++) turn()
    expect([slow, dead, good].map(({ state }) => state)).toEqual(['open', 'destroyed', 'open'])
    expect(dead.writes).toHaveLength(1)
    expect(live.counts()).toEqual({ readers: 2, dropped: 1 })
    live.close()
  })

  test('one that takes all it is sent, and yet falls behind what is kept, is dropped', () => {
    const live = createLive({ held: () => none })
    const reader = join(live)
    turn()
    end(live, ...Array.from({ length: 40_000 }, (_, n) => n))
    turn()
    expect(reader.state).toBe('destroyed')
    live.close()
  })

  test('a turn ends before it takes long: what is left comes in the next ones', () => {
    const live = createLive({ held: () => none })
    const readers = Array.from({ length: 1000 }, () => join(live))
    for (let i = 0; i < 10; i++) turn()
    const bytes = JSON.stringify(record(id(1))).length
    for (let sent = 0; sent < 512 * 1024; sent += bytes) end(live, 1)
    turn()
    const served = () => readers.filter(({ ended }) => ended.length > 0).length
    const before = served()
    turn()
    // Of two hundred whose turn it is in ten turns, two each, who get 256 KiB.
    expect(served() - before).toBe(20)
    live.close()
  })

  test('counts come when they changed, at most once a second', () => {
    const calls = { count: 0, live: () => [] }
    const live = createLive({ held: () => calls })
    const reader = join(live)
    turn()
    const counted = () => [...reader.text.matchAll(/"held":(\d+)/g)].map(([, held]) => Number(held))
    calls.count = 1
    vi.advanceTimersByTime(900)
    expect(counted()).toEqual([0])
    calls.count = 2
    vi.advanceTimersByTime(100)
    vi.advanceTimersByTime(5000)
    expect(counted()).toEqual([0, 2])
    live.close()
  })

  test('a stop ends who keeps up, breaks off who does not, and lets nobody in', () => {
    const live = createLive({ held: () => none })
    const [good, slow] = [join(live), join(live)]
    slow.takes = false
    live.close()
    expect([good.state, slow.state]).toEqual(['ended', 'destroyed'])
    expect(live.read(everything, undefined, new Reader())).toBeUndefined()
    good.leave()
    slow.leave()
    expect(vi.getTimerCount()).toBe(0)
    expect(live.follower.follows).toBe(false)
  })

  test('a step that begins and ends', () => {
    const live = createLive({ held: () => none })
    const reader = join(live)
    const call = { id: id(1), document: 'acme' } as FollowedCall
    live.follower.stepBegan(call, { name: 'main/0', plan: 'main', spec: { type: 'play' } } as CompiledStep)
    live.follower.stepEnded(call, { step: 'main/0', type: 'play', ms: 5, outcome: 'played' })
    turn()
    const data = [...reader.text.matchAll(/event: step\ndata: (.*)\n/g)].map(
      ([, json]) => JSON.parse(json!) as object,
    )
    expect(data).toEqual([
      { id: id(1), phase: 'begun', step: 'main/0', type: 'play', plan: 'main' },
      { id: id(1), phase: 'ended', step: 'main/0', type: 'play', ms: 5, outcome: 'played' },
    ])
    live.close()
  })
})
