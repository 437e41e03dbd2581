import { describe, expect, test } from 'vitest'
import type { CallScript } from '../../src/simulator/script.ts'
import { ID, place, SET_UP } from './scripted-controller.ts'

describe('what the called party sees', () => {
  async function invited(set: string, dial: string, script: Partial<CallScript> = {}) {
    const { result } = await place({ id: ID, name: 'Jane Doe', ...script }, async (call) => {
      await call.open()
      await call.api(`uuid_setvar_multi ${ID} ${SET_UP}${set}`)
      await call.run('bridge', dial)
      await call.hangUp()
    })
    return { invite: result.invites[0], violations: result.violations }
  }

  test('shows the caller where nothing is set', async () => {
    const { invite } = await invited('', 'user/1@a')
    expect(invite).toMatchObject({
      number: '+31612345678',
      name: 'Jane Doe',
      privacy: false,
      destination: '1@a',
    })
    expect(invite!.headers['Remote-Party-ID']).toContain('+31612345678')
  })

  test('decodes the display name and reads it as a quoted string', async () => {
    const name = Buffer.from('effective_caller_id_name=Müller 日本 100%25 a%3Ab %5C%5C%5C%5C').toString(
      'latin1',
    )
    const { invite, violations } = await invited(`;effective_caller_id_number=+31502;${name}`, 'user/1')
    expect(invite).toMatchObject({ number: '+31502', name: 'Müller 日本 100% a:b \\\\' })
    expect(violations).toEqual([])
  })

  test.each([
    ['a%0d%0aX-Evil%3a 1', 'forged header'],
    ['Bob %22 x', 'cannot be sent'],
    ['Bob %5C', 'cannot be sent'],
  ])('reports what the name %s does to the INVITE', async (name, violation) => {
    const { violations } = await invited(`;effective_caller_id_name=${name}`, 'user/1')
    expect(violations.join()).toContain(violation)
  })

  test.each([
    ['NL Sales: Jane', ' Jane'],
    ['Jane@home', 'Jane'],
    ['Robert "Bob" Smith', 'Bob'],
  ])('cuts the name %s as if it were an address', async (name, shown) => {
    const { invite } = await invited(`;effective_caller_id_name=${name}`, 'user/1')
    expect(invite!.name).toBe(shown)
  })

  test('shows nothing of the caller with the leg variables that hide it', async () => {
    const hidden = '{sip_h_Privacy=id,origination_privacy=hide_name:hide_number,sip_cid_type=none}'
    const set =
      ';effective_caller_id_number=anonymous;effective_caller_id_name=Anonymous;sip_copy_custom_headers=false'
    const { invite } = await invited(set, `${hidden}sofia/gateway/carrier/+31502102544`, {
      variables: { 'sip_h_X-Account': '+31612345678' },
    })
    expect(invite).toEqual({
      destination: '+31502102544',
      endpoint: 'sofia/gateway/carrier/+31502102544',
      number: 'anonymous',
      name: 'Anonymous',
      privacy: true,
      headers: { Privacy: 'id' },
    })
  })

  test('copies the headers of the caller unless that is switched off', async () => {
    const script = { variables: { 'sip_h_X-Account': '4711' } }
    expect((await invited('', 'user/1', script)).invite!.headers).toHaveProperty('X-Account', '4711')
    expect(
      (await invited(';sip_copy_custom_headers=false', 'user/1', script)).invite!.headers,
    ).not.toHaveProperty('X-Account')
  })
})
