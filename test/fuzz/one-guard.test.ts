/** Nothing reaches FreeSWITCH but what src/esl/commands.ts made: types say so, and this test that they are not got round. */
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Applications } from '../../src/esl/applications.ts'
import { execute, setVariables } from '../../src/esl/commands.ts'
import type { Connection } from '../../src/esl/connection.ts'
import { dialString } from '../../src/esl/dial-string.ts'

const root = new URL('../../', import.meta.url)
const sources = globSync('src/**/*.ts', { cwd: root }).map((file) => ({
  file,
  text: readFileSync(new URL(file, root), 'utf8'),
}))
const filesWith = (pattern: RegExp) =>
  sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file)

/** Never called: `npm run types` fails when one of these lines is no error. */
export function attempts(connection: Connection, text: string): void {
  // @ts-expect-error text is no command
  connection.post(text)
  // @ts-expect-error nor is a template of one
  void connection.send(`api system ${text}`)
  // @ts-expect-error text is no audio
  execute({ app: 'playback', arg: text, id: '1' })
  // @ts-expect-error text is no argument of an application
  execute({ app: 'bridge', arg: text, id: '1' })
  // @ts-expect-error `system` is no application
  execute({ app: 'system', arg: dialString([]), id: '1' })
  // @ts-expect-error nor is `set`: variables are set with their names checked
  const set: keyof Applications = 'set'
  // @ts-expect-error a variable that runs commands cannot be set
  setVariables(text, { [set]: text, api_hangup_hook: text })
  // @ts-expect-error nor on a leg
  dialString([{ template: 'user/{destination}', destination: text, variables: { api_on_originate: text } }])
}

test('only src/esl makes what passes for checked, each kind in one place', () => {
  expect(filesWith(/\bas (?:unknown as )?Command\b/)).toEqual(['src/esl/guard.ts'])
  expect(filesWith(/\bas (?:unknown as )?Checked</)).toEqual(['src/esl/guard.ts'])
  expect(filesWith(/\bas (?:string as )?(?:CollectArg|TransferArg)\b/)).toEqual(['src/esl/applications.ts'])
  expect(filesWith(/\bas DialString\b/)).toEqual(['src/esl/dial-string.ts'])
  expect(filesWith(/\bas Audio\b/)).toEqual(['src/esl/applications.ts'])
  const importers = filesWith(/from '[./a-z]*\/guard\.ts'/)
  expect(importers.filter((file) => !file.startsWith('src/esl/'))).toEqual([])
})

test('only the connection of a call and the inbound link’s write to FreeSWITCH, the latter what esl-lite makes of a session’s commands', () => {
  const writers = filesWith(/socket\.write\(/i).filter((file) => !/simulator|api\/server/.test(file))
  expect(writers.sort()).toEqual(['src/esl/connection.ts', 'src/freeswitch/event-socket.ts'])
  expect(filesWith(/from 'esl-lite'/).sort()).toEqual([
    'src/freeswitch/event-socket.ts',
    'src/freeswitch/session.ts',
  ])
})
