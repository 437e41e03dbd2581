/** What steps need of FreeSWITCH is there, in the configuration that comes with the controller and in the event-socket code. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { APPLICATIONS } from '../../../src/esl/applications.ts'
import { definitions } from '../../../src/plan/steps/index.ts'

const folder = join(import.meta.dirname, '../../../freeswitch/autoload_configs')
const conf = await readFile(join(folder, 'modules.conf.xml'), 'utf8')
const loaded = [...conf.matchAll(/<load module="(\w+)"\/>/g)].map(([, module]) => module)

describe.for(Object.entries(definitions))('what a %s step needs of FreeSWITCH', ([, { freeswitch }]) => {
  test('modules.conf.xml loads', () => {
    expect(loaded).toEqual(expect.arrayContaining([...freeswitch.modules]))
  })

  test('the event-socket code can run', () => {
    expect(Object.keys(APPLICATIONS)).toEqual(expect.arrayContaining([...freeswitch.applications]))
  })
})

test('a step that runs applications names their modules', () => {
  for (const { freeswitch } of Object.values(definitions))
    expect(freeswitch.modules.length > 0 || freeswitch.applications.length === 0).toBe(true)
})
