import { spawnSync } from 'node:child_process'
import { findProgram, isExecutable } from '../../harness/find-program.ts'

/** What the tests need besides FreeSWITCH, and the Debian package it comes in. */
const needed = { sipp: 'sip-tester', dumpcap: 'wireshark-common', sox: 'sox' } as const

const usualPlaces = [
  '/usr/local/freeswitch/bin',
  '/opt/freeswitch/bin',
  '/usr/local/bin',
  '/usr/bin',
  '/usr/sbin',
]

/** FREESWITCH_BIN, or the first one on PATH or in the usual places. */
export function findFreeSwitch(env: NodeJS.ProcessEnv): string | undefined {
  if (env.FREESWITCH_BIN !== undefined && env.FREESWITCH_BIN !== '') {
    return isExecutable(env.FREESWITCH_BIN) ? env.FREESWITCH_BIN : undefined
  }
  return findProgram(['freeswitch'], env, usualPlaces)
}

/** One sentence for each thing that is missing; none when the tests can run. */
export function whatIsMissing(env: NodeJS.ProcessEnv): string[] {
  const missing: string[] = []
  if (findFreeSwitch(env) === undefined) {
    missing.push(
      env.FREESWITCH_BIN === undefined
        ? 'no FreeSWITCH: set FREESWITCH_BIN to the program'
        : `no FreeSWITCH: FREESWITCH_BIN is ${env.FREESWITCH_BIN}, which is not a program`,
    )
  }
  for (const [tool, debianPackage] of Object.entries(needed)) {
    if (spawnSync(tool, ['-v'], { stdio: 'ignore' }).error !== undefined) {
      missing.push(`no ${tool}: install the Debian package ${debianPackage}`)
    }
  }
  if (missing.length === 0) {
    const capture = spawnSync('dumpcap', ['-i', 'lo', '-a', 'duration:0', '-w', '/dev/null'], {
      encoding: 'utf8',
    })
    if (capture.status !== 0)
      missing.push('dumpcap may not capture on lo: run as root or join the group wireshark')
  }
  return missing
}
