/** Where it was measured: figures of two machines do not compare, ratios may. */
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Of the peers, by name. */
  readonly peers: Readonly<Record<string, string>>
  /** One minute's load before the first run: what else went on. */
  readonly load: number
}

export function describeMachine(): Machine {
  const [first] = cpus()
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    peers: { esl: versionOf('esl'), modesl: versionOf('modesl') },
    load: loadavg()[0]!,
  }
}

export function versionOf(name: string): string {
  const file =
    name === 'belplan'
      ? new URL('../../package.json', import.meta.url)
      : new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
