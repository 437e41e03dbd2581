import { describe, expect, test } from 'vitest'
import { endLine, timelineJson, timelineLine } from '../../src/simulator/timeline-text.ts'
import type { TimelineEntry } from '../../src/simulator/timeline.ts'

const plain = { colour: false }

describe('the timeline of a call', () => {
  test.each<[TimelineEntry, string | undefined]>([
    [{ at: 50, type: 'answer', by: 'controller' }, '  0.05 s  answered'],
    [
      { at: 12_340, type: 'audio', audio: 'a.wav', early: false, end: 'played', ms: 20 },
      ' 12.34 s  plays a.wav',
    ],
    [
      { at: 0, type: 'digits', prompt: 'a.wav', keyed: '1234#', most: 20, ms: 0 },
      '  0.00 s  caller keys ••••#',
    ],
    [{ at: 0, type: 'digits', prompt: 'a.wav', keyed: '12', most: 2, ms: 0 }, '  0.00 s  caller keys ••'],
    [{ at: 0, type: 'digits', prompt: 'a.wav', keyed: '7', most: 4, ms: 0 }, '  0.00 s  caller keys •'],
    [{ at: 0, type: 'digits', prompt: 'a.wav', keyed: '1*2#', most: 4, ms: 0 }, '  0.00 s  caller keys •••#'],
    [{ at: 0, type: 'digits', prompt: 'a.wav', keyed: '2', most: 1, ms: 0 }, '  0.00 s  caller keys 2'],
    [{ at: 0, type: 'digits', prompt: 'a.wav', keyed: '', most: 1, ms: 0 }, '  0.00 s  caller keys nothing'],
    [{ at: 0, type: 'command', command: 'connect' }, undefined],
  ])('%j', (entry, line) => {
    expect(timelineLine(entry, plain)).toBe(line)
  })

  test('shows the caller ID that the called party sees', () => {
    const invite = {
      destination: '215',
      endpoint: 'user/215@a',
      number: '+316',
      name: 'Jane',
      privacy: false,
      headers: {},
    }
    expect(timelineLine({ at: 0, type: 'invite', invite }, plain)).toContain('calls 215 showing Jane <+316>')
    expect(timelineLine({ at: 0, type: 'invite', invite: { ...invite, privacy: true } }, plain)).toContain(
      'without saying',
    )
  })

  test('masks codes in JSON, and colours only when asked', () => {
    const keyed: TimelineEntry = { at: 0, type: 'digits', prompt: 'a.wav', keyed: '1234#', most: 20, ms: 0 }
    expect(JSON.parse(timelineJson(keyed))).toMatchObject({ type: 'digits', keyed: '••••#' })
    expect(timelineLine(keyed, { colour: true })).toContain('\u001b[')
    expect(timelineLine(keyed, plain)).not.toContain('\u001b[')
  })

  test('ends with how the call ended', () => {
    const result = { id: 'x', answered: true, applications: [], invites: [], violations: [], variables: {} }
    const ended = endLine(
      { ...result, ended: 'talked', talkMs: 2000, cause: 'NORMAL_CLEARING', sip: 200 },
      plain,
    )
    expect(ended).toBe('ended: talked, talked 2.00 s, NORMAL_CLEARING, SIP 200')
  })
})
