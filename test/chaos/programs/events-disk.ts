/**
 * Events while the disk is full, and back again: the data of the controllers is on a small file system of its own, which is
 * filled to its last byte and kept full. Calls go on, the log says so, nothing is told twice, and nothing is lost.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { said, sumOf } from '../neighbours/watch.ts'
import { figure, holds, isKept, none, type Verdict } from '../verdict.ts'
import { type Happened, judgeEvents, openReceiver, settled, startEventControllers } from './events.ts'
import { removeFolder } from '../../harness/remove-folder.ts'

export interface EventsDiskOptions {
  /** In each third of a round: before, while it is full, and when it is back. */
  readonly calls: number
  readonly rounds: number
  readonly callers: number
}

/** Three controllers have a log of 4 MiB each before they begin another one, and as much of their databases' own logs. */
const SIZE = '48m'
const FILL_MS = 50
const QUIET_MS = 10_000

const SAYS = ['events cannot be kept on disk; calls go on', 'events are kept on disk again'] as const

export async function eventsDisk({ calls, rounds, callers }: EventsDiskOptions): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-events-disk-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  mount('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', data])
  const receiver = await openReceiver({ up: true })
  const { controllers, placeAll, close } = await startEventControllers({
    ...{ folder, url: receiver.url },
    // A receiver that is slow, since the machine is, is told again.
    timeoutSeconds: 10,
  })
  let verdict: Verdict | undefined
  try {
    const happened: Happened[] = []
    const place = () => placeAll({ calls, callers, onEnd: (one) => void happened.push(one) })
    let whileFull = 0
    for (let round = 0; round < rounds; round++) {
      await place()
      const disk = fill(data)
      const before = receiver.taken.length
      await place()
      whileFull += receiver.taken.length - before
      disk.free()
      await place()
    }
    await settled(controllers, receiver, QUIET_MS)
    const { rows, faults, again } = judgeEvents(happened, receiver)
    const times = SAYS.map((text) => said(controllers, text))
    verdict = {
      title: `events: ${happened.length} calls, the disk full and back ${rounds} times`,
      rows: [
        figure('events taken, and of them while the disk was full', `${receiver.taken.length} / ${whileFull}`),
        ...rows,
        none('events that came again', again),
        none('events that are counted as lost', await sumOf(controllers, 'belplan_events_lost_total')),
        holds('the logs say that it is full, and that it is back', times.join(' / '), 'each at least once a controller', times.every((count) => count >= controllers.length)),
      ],
      faults,
    } // prettier-ignore
    return verdict
  } finally {
    await close()
    receiver.close()
    mount('umount', [data])
    if (verdict !== undefined && isKept(verdict)) removeFolder(folder)
    else console.log(`logs: ${folder}`)
  }
}

function mount(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}, which root may: ${stderr}`)
}

/** Takes every byte, also what others give back meanwhile. */
function fill(folder: string): { free(): void } {
  const path = join(folder, 'filler')
  const file = openSync(path, 'w')
  const blocks = [1 << 20, 4096, 1].map((size) => Buffer.alloc(size, 1))
  const more = () => {
    for (const block of blocks) {
      try {
        while (writeSync(file, block) === block.length);
      } catch {
        // There is no room for so much.
      }
    }
  }
  more()
  const timer = setInterval(more, FILL_MS)
  return {
    free() {
      clearInterval(timer)
      closeSync(file)
      rmSync(path)
    },
  }
}
