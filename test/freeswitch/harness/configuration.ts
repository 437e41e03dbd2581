/** FreeSWITCH's configuration as a test needs it, changed before it is read. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `file`: in the folder `conf`. Throws where nothing changes, since what was to be changed is not there. */
export function edit(conf: string, file: string, change: (text: string) => string): void {
  const path = join(conf, file)
  const shipped = readFileSync(path, 'utf8')
  const changed = change(shipped)
  if (changed === shipped) throw new Error(`${file} has nothing that could be changed`)
  writeFileSync(path, changed)
}

/** Applications and API commands besides those that may be run: `mod_commands.originate.api`. */
export function allow(conf: string, ...names: readonly string[]): void {
  const allows = names.map((name) => `<allow name="${name}"/>`).join('')
  edit(conf, 'autoload_configs/switch.conf.xml', (text) =>
    text.replace('</interface-allowlist>', `${allows}</interface-allowlist>`),
  )
}

/** The queue `sales`, from which callers are sent away after so long while nobody is logged in; 0: never. */
export const withoutAgents = (sales: string, seconds: number): string =>
  sales.replace(/(max-wait-time-with-no-agent" value=)"5"/, `$1"${seconds}"`)

/** Callers wait in `sales` though nobody is logged in. */
export const letWait = (conf: string): void =>
  edit(conf, 'autoload_configs/callcenter.conf.xml', (text) => withoutAgents(text, 0))
