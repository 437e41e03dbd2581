/** The recorded calls of test/fixtures/transcripts. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

const folder = new URL('../fixtures/transcripts/', import.meta.url)

export interface Line {
  readonly ms: number
  readonly from: 'freeswitch' | 'controller' | 'end'
  /** One character per byte. */
  readonly data: string
}

export interface Transcript {
  readonly name: string
  readonly lines: readonly Line[]
  /** What FreeSWITCH sent, as it was read from the socket. */
  readonly chunks: readonly string[]
  /** The same in one piece. */
  readonly received: Buffer
}

export const transcripts: readonly Transcript[] = readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl'))
  .map((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8').trimEnd()
    const lines = text.split('\n').map((line) => JSON.parse(line) as Line)
    const chunks = lines.filter(({ from }) => from === 'freeswitch').map(({ data }) => data)
    return { name: basename(file, '.jsonl'), lines, chunks, received: Buffer.from(chunks.join(''), 'latin1') }
  })

export function transcript(name: string): Transcript {
  const found = transcripts.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no recording is named ${name}`)
  return found
}
