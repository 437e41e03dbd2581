/** Evil's process, from this side. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from '../../bench/program.ts'
import type { EvilEvent, EvilOrder, EvilReport } from './orders.ts'

/** The begin of what a behaviour has; Unix milliseconds. */
export interface Turn {
  readonly index: number
  readonly atMs: number
}

export interface EvilProcess {
  /** Where its server listens, and its telephones. */
  readonly port: number
  readonly sipPort: number
  /** Grows with each turn. */
  readonly turns: readonly Turn[]
  /** Resolves when all have had their turn; rejects when the process ends before. */
  play(order: EvilOrder): Promise<EvilReport>
  stop(): Promise<void>
}

type EventOf<K extends EvilEvent['kind']> = Extract<EvilEvent, { kind: K }>

export async function startEvil(): Promise<EvilProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-evil-'))
  const program = startProgram({
    args: [join(import.meta.dirname, 'evil.ts')],
    logFile: join(folder, 'evil.log'),
  })
  const turns: Turn[] = []
  const next = <K extends EvilEvent['kind']>(kind: K): Promise<EventOf<K>> =>
    program.next((message) => {
      const event = message as EvilEvent
      if (event.kind === 'turn') turns.push(event)
      return event.kind === kind ? (event as EventOf<K>) : undefined
    })
  const { port, sipPort } = await next('listening')
  return {
    ...{ port, sipPort, turns },
    async play(order) {
      const over = next('over')
      program.send(order)
      return (await over).report
    },
    async stop() {
      await program.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
