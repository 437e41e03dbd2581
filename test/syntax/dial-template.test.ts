import { describe, expect, test } from 'vitest'
import { dialTemplateFault, fillDialTemplate, groupsIn } from '../../src/syntax/index.ts'

describe('configuration dial templates', () => {
  test('are filled in, each placeholder by its name', () => {
    const values: Record<string, string> = { destination: '215', domain: 'acme.example', 1: '50', 9: '' }
    expect(fillDialTemplate('user/{1}{9}-{destination}@{domain}', (name) => values[name]!)).toBe(
      'user/50-215@acme.example',
    )
  })

  test('name groups by one digit', () => {
    expect(groupsIn('sofia/gateway/{2}/{destination}{1}{2}')).toEqual([2, 1, 2])
    expect(groupsIn('user/{destination}@{domain}')).toEqual([])
  })

  test.each([
    ['user/${x}', 'must not hold `${` or `$$`'],
    ['user/é', 'must be printable ASCII'],
    ['user/{10}', 'has the unknown placeholder {10}; write {destination}, {domain} or {1} to {9}'],
    ['user/{0}', 'has the unknown placeholder {0}'],
    ['user/{}', 'has the unknown placeholder {}'],
    ['[a=b]user/1', 'must be endpoints only'],
    ['user/{{destination}}', 'must be endpoints only'],
    ['user/1:_:user/2', 'must read like sofia/gateway/carrier/{destination}'],
    ['system/id', 'must read like sofia/gateway/carrier/{destination}'],
  ])('%j %s', (template, sentence) => {
    expect(dialTemplateFault(template)).toContain(sentence)
  })
})
