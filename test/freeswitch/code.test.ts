/** Codes: a VIP line that lets in who knows the code. Heard means that the caller's audio has it. */
import { expect } from 'vitest'
import type { CallReport, Keyed } from './harness/caller.ts'
import type { Hook } from './harness/hooks.ts'
import { says } from './harness/hooks.ts'
import { startTestBed } from './harness/scenario.ts'
import { prompts } from './harness/plan-set.ts'

const testBed = await startTestBed()
const { scenario } = testBed
const { start, wrong, late, sorry, other } = prompts

/** A line that takes the code 1234. A good one is followed by the tone `other`, a failure by `sorry`. */
function vipLine(ivr: object = {}, codeWanted = '1234'): { did: string; hook: Hook } {
  const hook = testBed.hook((response, request) =>
    says(request.query.get('code') === codeWanted ? 'status=ACK' : 'status=NAK')(response, request),
  )
  const entry = {
    startMessage: 'start',
    errorMessage: 'wrong',
    timeoutMessage: 'late',
    timeoutSeconds: 2,
    attempts: 3,
    maxDigits: 4,
  }
  const did = testBed.line({
    webhooks: {
      vip: { urlTemplate: `${hook.url}?code={code}&callerid={callerid}`, ivr: { ...entry, ...ivr } },
    },
    steps: [
      {
        type: 'webhook',
        webhook: 'vip',
        success: [{ type: 'play', audio: 'other' }],
        failure: [{ type: 'play', audio: 'sorry' }],
      },
    ],
  })
  return { did, hook }
}

const heard = ({ tones }: CallReport) => tones.map(({ freqHz }) => freqHz)
const codes = (hook: Hook) => hook.requests.map(({ query }) => query.get('code'))
/** Four digits take 3 s from their beginning to the end of the prompt behind them. */
const entries = (...digits: readonly string[]): Keyed[] =>
  digits.map((keyed, i) => ({ afterMs: i === 0 ? 700 : 3300, digits: keyed }))

for (const by of ['rtp', 'info'] as const) {
  scenario(`§4 the right code at once, by ${by === 'rtp' ? 'RFC 2833' : 'SIP INFO'}`, () => {
    const { did, hook } = vipLine()
    return async () => {
      const call = await testBed.call({
        did,
        keys: [{ afterMs: by === 'rtp' ? 700 : 1200, digits: '1234', by }],
      })
      expect(heard(call), call.story).toEqual([start, other])
      expect(hook.requests.map(({ target }) => target)).toEqual(['?code=1234&callerid=%2B31612345678'])
    }
  })
}

scenario('§4 wrong, then right: the error message is heard, the server asked twice', () => {
  const { did, hook } = vipLine()
  return async () => {
    const call = await testBed.call({ did, keys: entries('1111', '1234') })
    expect(heard(call), call.story).toEqual([start, wrong, other])
    expect(codes(hook)).toEqual(['1111', '1234'])
  }
})

scenario('§4 three times wrong: the error message once more, then failure', () => {
  const { did, hook } = vipLine()
  return async () => {
    const call = await testBed.call({ did, keys: entries('1111', '2222', '3333') })
    expect(heard(call), call.story).toEqual([start, wrong, wrong, wrong, sorry])
    expect(codes(hook)).toEqual(['1111', '2222', '3333'])
  }
})

scenario('§4 nothing keyed: the time-out message, an attempt used up, no server asked', () => {
  const { did, hook } = vipLine({ attempts: 2 })
  return async () => {
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([start, late, late, sorry])
    expect(codes(hook)).toEqual([])
    // The time runs from the end of the prompt.
    const waited = call.tones[1]!.fromMs - (call.tones[0]!.fromMs + call.tones[0]!.ms)
    expect(waited).toBeGreaterThan(1800)
    expect(waited).toBeLessThan(2700)
  }
})

scenario('§4 too short: a wrong entry that asks no server', () => {
  const { did, hook } = vipLine({ minDigits: 4 })
  return async () => {
    const call = await testBed.call({ did, keys: entries('12#', '1234') })
    expect(heard(call), call.story).toEqual([start, wrong, other])
    expect(codes(hook)).toEqual(['1234'])
  }
})

scenario('§4 the terminator alone is a wrong entry', () => {
  const { did, hook } = vipLine()
  return async () => {
    const keys = [
      { afterMs: 700, digits: '#' },
      { afterMs: 2200, digits: '1234' },
    ]
    const call = await testBed.call({ did, keys })
    expect(heard(call), call.story).toEqual([start, wrong, other])
    expect(codes(hook)).toEqual(['1234'])
  }
})

scenario('§4 the terminator ends the entry at once, and is no part of it', () => {
  const { did, hook } = vipLine({ maxDigits: 20, interDigitSeconds: 10 }, '12')
  return async () => {
    const call = await testBed.call({ did, keys: entries('12#') })
    expect(heard(call), call.story).toEqual([start, other])
    expect(codes(hook)).toEqual(['12'])
    expect(call.tones[1]!.fromMs).toBeLessThan(4000)
  }
})

scenario('§4 a pause ends the entry, which counts', () => {
  const { did, hook } = vipLine({ maxDigits: 20, interDigitSeconds: 1 }, '12')
  return async () => {
    const call = await testBed.call({ did, keys: entries('12') })
    expect(heard(call), call.story).toEqual([start, other])
    expect(codes(hook)).toEqual(['12'])
  }
})

scenario('§4 digits interrupt the prompt', () => {
  const hook = testBed.hook(says('status=ACK'))
  const did = testBed.line({
    audio: { long: `tone_stream://%(9000,0,${start})` },
    webhooks: {
      vip: { urlTemplate: `${hook.url}?code={code}`, ivr: { startMessage: 'long', maxDigits: 4 } },
    },
    steps: [{ type: 'webhook', webhook: 'vip', success: [{ type: 'play', audio: 'other' }] }],
  })
  return async () => {
    const call = await testBed.call({ did, keys: [{ afterMs: 300, digits: '1234' }] })
    expect(heard(call), call.story).toEqual([start, other])
    expect(call.tones[0]!.ms).toBeLessThan(2500)
    expect(codes(hook)).toEqual(['1234'])
  }
})

scenario('§4 without messages for what went wrong, the start message prompts again', () => {
  const hook = testBed.hook(says('status=NAK'))
  const did = testBed.line({
    webhooks: {
      vip: {
        urlTemplate: `${hook.url}?code={code}`,
        ivr: { startMessage: 'start', maxDigits: 4, attempts: 2 },
      },
    },
    steps: [{ type: 'webhook', webhook: 'vip', failure: [{ type: 'play', audio: 'sorry' }] }],
  })
  return async () => {
    const call = await testBed.call({ did, keys: entries('1111', '2222') })
    expect(heard(call), call.story).toEqual([start, start, sorry])
  }
})

scenario('§3 ERR is failure at once, whatever attempts are left', () => {
  const hook = testBed.hook(says('status=ERR'))
  const did = testBed.line({
    webhooks: {
      vip: {
        urlTemplate: `${hook.url}?code={code}`,
        ivr: { startMessage: 'start', errorMessage: 'wrong', maxDigits: 4 },
      },
    },
    steps: [{ type: 'webhook', webhook: 'vip', failure: [{ type: 'play', audio: 'sorry' }] }],
  })
  return async () => {
    const call = await testBed.call({ did, keys: entries('1111') })
    expect(heard(call), call.story).toEqual([start, sorry])
    expect(codes(hook)).toEqual(['1111'])
  }
})

for (const by of ['rtp', 'info'] as const) {
  scenario(`§4 codes are in no log and no journal, FreeSWITCH's own included (${by})`, () => {
    const code = by === 'rtp' ? '73918462' : '58203719'
    const { did, hook } = vipLine({ maxDigits: 8 }, code)
    return async () => {
      const call = await testBed.call({ did, keys: [{ afterMs: 1000, digits: code, by }] })
      expect(heard(call), call.story).toEqual([start, other])
      expect(codes(hook)).toEqual([code])
      const written = testBed.written()
      expect(written).toContain(did)
      expect(written).not.toContain(code)
      // FreeSWITCH writes digit by digit: "RECV DTMF 7:1600".
      expect(written).not.toMatch(/DTMF\s*\(?\d/)
    }
  })
}
