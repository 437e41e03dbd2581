/** File and environment → frozen configuration. Everything that is wrong is reported at once, each with its place. */
import { access, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { compileRoute, type Route } from '../routing/index.ts'
import { BelplanError } from '../util/errors.ts'
import { deepFreeze } from '../util/freeze.ts'
import { type Environment, nameOf, parseConfig } from './parse.ts'
import type { ConfigFile, FreeSwitchEntry } from './schema.ts'
import { Secret } from './secret.ts'
import { type ApiToken, apiTokens } from './tokens.ts'

export interface Config extends Omit<
  ConfigFile,
  '$schema' | 'api' | 'freeswitch' | 'routes' | 'checkpointSecret' | 'store' | 'traces'
> {
  /** The file it came from; undefined: defaults alone. */
  readonly file: string | undefined
  /** Absolute path of the plan set. */
  readonly plans: string
  /** Absolute path. */
  readonly data: string
  readonly api: Omit<ConfigFile['api'], 'token' | 'tokens'> & {
    /** Empty: only requests of this machine are answered. */
    readonly tokens: readonly ApiToken[]
  }
  readonly store?: Secret
  /** Each with an inbound link; empty: there is none. */
  readonly freeswitch: readonly FreeSwitch[]
  readonly routes: readonly Route[]
  /** The first signs checkpoints, each opens them; absent: they are not signed. */
  readonly checkpointSecret?: readonly Secret[]
  readonly traces?: Omit<NonNullable<ConfigFile['traces']>, 'headers'> & {
    readonly headers: Readonly<Record<string, Secret>>
  }
}

export interface FreeSwitch extends Omit<FreeSwitchEntry, 'password'> {
  readonly name: string
  readonly password: Secret
}

/**
 * Reads `file`, else `BELPLAN_CONFIG`, else `belplan.json` in `cwd` if there is one, else takes the defaults.
 * Throws BelplanError('config') with every fault in `details`, each as `file:line:col pointer message`.
 */
export async function loadConfig(options: { file?: string; env: Environment; cwd: string }): Promise<Config> {
  const { env, cwd } = options
  const file = await findFile(options)
  const bytes = file === undefined ? Buffer.from('{}') : await readBytes(file)
  const {
    $schema: _,
    routes,
    api,
    freeswitch = [],
    checkpointSecret,
    store,
    traces,
    ...rest
  } = parseConfig(file ?? 'defaults', bytes, env)
  const base = file === undefined ? cwd : dirname(file)
  const { host, port } = api
  // A compiled route is frozen already: its pattern keeps caches of its own.
  return deepFreeze({
    ...rest,
    file,
    plans: resolve(base, rest.plans),
    data: resolve(base, rest.data),
    api: { host, port, tokens: apiTokens(api) },
    freeswitch: [freeswitch].flat().map((one) => ({
      ...{ ...one, name: nameOf(one), password: new Secret(one.password) },
    })),
    ...(checkpointSecret !== undefined && {
      checkpointSecret: [checkpointSecret].flat().map((secret) => new Secret(secret)),
    }),
    ...(store !== undefined && { store: new Secret(store) }),
    ...(traces && { traces: { ...traces, headers: secretsOf(traces.headers) } }),
    routes: routes.map(compileRoute),
  })
}

const secretsOf = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]))

async function findFile({ file, env, cwd }: Parameters<typeof loadConfig>[0]): Promise<string | undefined> {
  const named = file ?? (env['BELPLAN_CONFIG'] === '' ? undefined : env['BELPLAN_CONFIG'])
  if (named !== undefined) return resolve(cwd, named)
  const usual = resolve(cwd, 'belplan.json')
  return access(usual).then(
    () => usual,
    () => undefined,
  )
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const fault =
      code === 'ENOENT'
        ? `there is no configuration ${file}; correct --config or BELPLAN_CONFIG, or leave both out for belplan.json or the defaults`
        : `cannot read the configuration ${file}: ${message}`
    throw new BelplanError('config', fault, [], error)
  }
}
