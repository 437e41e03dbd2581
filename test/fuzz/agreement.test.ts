/**
 * What validation lets through, the guard in front of FreeSWITCH lets through: no fault shows first in a call. Where
 * both have one rule, in src/syntax, the guard refuses all else, whoever hands it over.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayName } from '../../src/call/presentation.ts'
import { configSchema } from '../../src/config/schema.ts'
import { audio, transferArg } from '../../src/esl/applications.ts'
import { execute, kill, setVariables } from '../../src/esl/commands.ts'
import { dialString } from '../../src/esl/dial-string.ts'
import { parseDialString } from '../../src/simulator/dial-string.ts'
import { createAjv } from '../../src/json/schema-faults.ts'
import { causes } from '../../src/plan/causes.ts'
import { planSchema } from '../../src/plan/schema.ts'
import { audioFault, dialTemplateFault } from '../../src/syntax/index.ts'
import { cleanDestination, cleanName } from '../../src/plan/clean.ts'

const id = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const refused = expect.objectContaining({ code: 'refused' }) as Error
const bounded = { numRuns: 3000, seed: 4 }

/** Text of pieces that mean something to somebody, and of anything else. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'a', 'Z', '0', '9', '+', '*', '#', '_', '-', '.', '..', '/', ' ', 'é', '日', '😀', '%', '%0a', '%250d', ':', ':_:', '@',
        ';', ',', '|', '=', '!', '&', "'", '"', '`', '\\', '$', '${', '$\\{', "$'{", '$${', '{', '}', '[', ']', '<', '>', '^^:', '(', ')',
        '\0', '\r', '\n', '\t', '\u202e', '{destination}', '{domain}', '{1}', 'sofia/gateway/x/', 'user/', 'tone_stream://', 'silence_stream://',
        'local_stream://', 'path=', '1000', 'mod_event_socket', 'reload', 'unload', 'wav', 'default', 'inline',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join('')) // prettier-ignore

describe('what validation lets through, the guard lets through', () => {
  test('audio of a plan', () => {
    const check = (name: string) => {
      const guarded = () => execute({ app: 'playback', arg: audio(name), id: '1' })
      if (audioFault(name) === undefined) guarded()
      else expect(guarded).toThrow(refused)
    }
    for (const name of ['müziek/日本.wav', 'a+b.wav', '-a.wav', 'a/-b.wav', 'mod_event_socket/reload.wav'])
      check(name)
    fc.assert(fc.property(text, check), bounded)
  })

  test('dial templates of the configuration', () => {
    const check = (dial: string) => {
      const groups = Array<string>(9).fill('1')
      const leg = { template: dial, destination: '+31501234567', domain: 'acme.example', groups }
      if (dialTemplateFault(dial) === undefined) dialString([leg])
      else expect(() => dialString([leg])).toThrow(refused)
    }
    for (const dial of [
      'user/1 2',
      'user/1,user/2',
      "user/'1'",
      'user/1:_:user/2',
      'user/a|b',
      'nothing',
      'user/{1',
    ])
      check(dial)
    fc.assert(fc.property(text, check), bounded)
  })

  test('contexts and destinations of transfers', () => {
    const ajv = createAjv({ discriminator: true, strictRequired: false, allowUnionTypes: true })
    const isConfig = ajv.compile(configSchema)
    const isPlan = ajv.compile(planSchema)
    const plan = (step: object) => ({ plans: { main: { steps: [step] } } })
    const check = (name: string) => {
      const into = () => transferArg({ extension: '1', context: name })
      const to = () => transferArg({ extension: name, context: 'default' })
      const isContext = isConfig({ transferContexts: [{ context: name, extensions: '1' }] })
      expect(isPlan(plan({ type: 'transfer', destination: '1', context: name }))).toBe(isContext)
      if (isContext) into()
      else expect(into).toThrow(refused)
      if (isPlan(plan({ type: 'transfer', destination: name }))) to()
      else expect(to).toThrow(refused)
    }
    for (const name of ['-bleg', '_a', '.a', '-', 'default', '8000', '*8', '#']) check(name)
    fc.assert(fc.property(text, check), bounded)
  })

  test('causes', () => {
    for (const cause of causes) kill(id, cause)
  })

  test('audio of bridges, which stands in a dial string as it is', () => {
    const check = (name: string) => {
      const played = { ringback: name, greeting: { announce: name, confirm: false, seconds: 60 } }
      const guarded = () => dialString([{ template: 'user/1', destination: '1' }], {}, undefined, played)
      if (audioFault(name) !== undefined) {
        expect(guarded).toThrow(refused)
        return
      }
      const { scope, variables, groups } = parseDialString(guarded())
      expect(scope.get('ringback')).toBe(`file_string://${name}`)
      expect([...variables.keys()]).toEqual([
        ...['instant_ringback', 'group_confirm_key', 'group_confirm_file', 'group_confirm_timeout'],
      ])
      expect(variables.get('group_confirm_file')).toBe(`playback ${name}`)
      expect(groups.flat().map(({ endpoint }) => endpoint)).toEqual(['user/1'])
    }
    for (const name of [
      ...[
        'müziek/日本.wav',
        'a+b.wav',
        'tone_stream://%(1000,4000,425);loops=-1',
        'tone_stream://v=-7;>=2;+=.1;%(1,2)',
      ],
      ...['silence_stream://500,10', 'local_stream://moh/8000', "a.wav',x='y", 'a.wav]{x=y}'],
    ])
      check(name)
    fc.assert(fc.property(text, check), bounded)
  })

  test('destinations of bridges', () => {
    const isPlan = createAjv({ discriminator: true, strictRequired: false, allowUnionTypes: true }).compile(
      planSchema,
    )
    const check = (destination: string) => {
      const guarded = () => dialString([{ template: 'user/{destination}', destination }])
      const isTaken = isPlan({ plans: { main: { steps: [{ type: 'bridge', destination }] } } })
      const timed = [{ to: destination, delaySeconds: 1 }]
      expect(isPlan({ plans: { main: { steps: [{ type: 'bridge', destination: timed }] } } })).toBe(isTaken)
      if (isTaken) guarded()
      else expect(guarded).toThrow(refused)
    }
    for (const destination of ['+31501234567', '215', '*21#', '+', '', '1'.repeat(33), '21 5'])
      check(destination)
    fc.assert(fc.property(text, check), bounded)
  })

  test('destinations, however they were written', () => {
    fc.assert(
      fc.property(text, (written) => {
        const destination = cleanDestination(written)
        if (destination !== undefined) dialString([{ template: 'user/{destination}', destination }])
      }),
      bounded,
    )
  })

  test('names, whoever sent them', () => {
    const check = (name: string) => {
      const shown = displayName(cleanName(name))
      setVariables(id, { effective_caller_id_name: shown })
      expect(shown).not.toMatch(/[\r\n\0"]/)
    }
    for (const name of ["$'{a}", '$"{a}', '$$${a}', "$\\'{", 'mod_event_socket reload', '😀'.repeat(64)])
      check(name)
    fc.assert(fc.property(text, check), bounded)
  })
})
