import { describe, expect, test } from 'vitest'
import { displayName, exported, listedInQueue, namedInMailbox, shownTo } from '../../src/call/presentation.ts'

const caller = { number: '+31612345678', name: 'Jane Doe', withheld: false }
const did = '+31502100000'
const shown = (more: object = {}) => ({
  presentation: 'caller' as const,
  name: 'Jane Doe',
  nameSet: false,
  ...more,
})

describe('§5 what the called party sees', () => {
  test('§5 caller: the number of the caller and the name as it stands', () => {
    expect(shownTo(shown(), caller, did)).toEqual({
      variables: { effective_caller_id_number: '+31612345678', effective_caller_id_name: 'Jane Doe' },
      legVariables: {},
    })
  })

  test('§5 called: the dialled number, and never the number of the caller as a name', () => {
    const { variables } = shownTo(shown({ presentation: 'called', name: '' }), { ...caller, name: '' }, did)
    expect(variables).toEqual({ effective_caller_id_number: did, effective_caller_id_name: did })
  })

  test('§5 suppressed: nobody, privacy on the new leg, also when a step set a name', () => {
    const { variables, legVariables } = shownTo(
      shown({ presentation: 'suppressed', nameSet: true }),
      caller,
      did,
    )
    expect(variables).toEqual({
      effective_caller_id_number: 'anonymous',
      effective_caller_id_name: 'Anonymous',
    })
    expect(legVariables).toEqual({
      sip_h_Privacy: 'id',
      origination_privacy: 'hide_name:hide_number',
      sip_cid_type: 'none',
    })
  })

  test('§5 a caller who withheld the number stays hidden; a name that a step set is shown', () => {
    const hidden = { number: '', name: '', withheld: true }
    expect(shownTo(shown({ name: '' }), hidden, did).variables).toMatchObject({
      effective_caller_id_number: 'anonymous',
      effective_caller_id_name: 'Anonymous',
    })
    const named = shownTo(shown({ name: 'ACME', nameSet: true }), hidden, did)
    expect(named.variables).toMatchObject({
      effective_caller_id_number: 'anonymous',
      effective_caller_id_name: 'ACME',
    })
    expect(named.legVariables.origination_privacy).toBe('hide_number')
  })

  test.each(['', ' ', '\u0001'])(
    '§5 a name that shows nothing, %j, is none: FreeSWITCH would show its own of the caller',
    (name) => {
      const number = { effective_caller_id_number: '+31612345678', effective_caller_id_name: '+31612345678' }
      expect(shownTo(shown({ name, nameSet: true }), caller, did).variables).toEqual(number)
      const hidden = shownTo(shown({ name, nameSet: true }), { number: '', name: '', withheld: true }, did)
      expect(hidden.variables).toMatchObject({ effective_caller_id_name: 'Anonymous' })
      expect(hidden.legVariables.origination_privacy).toBe('hide_name:hide_number')
    },
  )

  test('§5 a transfer hands the privacy on to whatever the dialplan rings', () => {
    const { legVariables } = shownTo(shown({ presentation: 'suppressed' }), caller, did)
    expect(exported(legVariables)).toMatchObject({
      export_vars: 'sip_h_Privacy,origination_privacy,sip_cid_type',
      sip_h_Privacy: 'id',
    })
    expect(exported({})).toEqual({})
  })

  test('a number that is no number cannot say anything but a number', () => {
    const { variables } = shownTo(
      shown({ name: '' }),
      { ...caller, number: '1>;x="${system touch /tmp/x}"' },
      did,
    )
    expect(variables.effective_caller_id_number).toBe('1xsystemtouchtmpx')
  })

  test.each([
    ['Müller', 'Müller'],
    ['日本', '日本'],
    [`O'Brien, "Bob" <x>`, `O'Brien, 'Bob' <x>`],
    ['NL Sales: Jane', 'NL Sales%3A Jane'],
    ['a/b@c', 'a%2Fb%40c'],
    ['50%', '50%25'],
    ['a%0d%0aX-Evil%3a 1', 'a%250d%250aX-Evil%253a 1'],
    ['a\r\nb\0c', 'a b c'],
    ['${system x}', '$ {system x}'],
    ['$${x}', '$ $ {x}'],
    ['$\\{x}', '$ %5C%5C{x}'],
    ['back\\slash', 'back%5C%5Cslash'],
  ])('display name %j is sent as %j', (name, sent) => {
    expect(displayName(name)).toBe(sent)
  })
})

test('§5 voicemail: a mailbox has the name as it is, which nothing decodes there, and of who is hidden nothing', () => {
  expect(namedInMailbox(shown({ name: '50% "a"/b ${x}' }), caller, did)).toEqual({
    effective_caller_id_number: '+31612345678',
    effective_caller_id_name: "50% 'a'/b $ {x}",
  })
  const nobody = { effective_caller_id_number: 'anonymous', effective_caller_id_name: 'Anonymous' }
  expect(namedInMailbox(shown(), { number: '', name: '', withheld: true }, did)).toEqual(nobody)
  expect(namedInMailbox(shown({ presentation: 'suppressed' }), caller, did)).toEqual(nobody)
})

test('security: what a caller sends as number and name is one member of a queue', () => {
  const hostile = { ...caller, number: '1|Waiting|1\nsales|' }
  expect(listedInQueue(shown({ name: 'a|Waiting|9\nsales|${x}' }), hostile)).toEqual({
    caller_id_number: '1Waiting1sales',
    caller_id_name: 'a Waiting 9 sales $ {x}',
  })
  expect(listedInQueue(shown({ name: '' }), { ...caller, number: '', withheld: true })).toEqual({
    caller_id_number: 'anonymous',
    caller_id_name: 'anonymous',
  })
})
