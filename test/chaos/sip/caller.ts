/** A caller: what a person with a telephone does and gets to hear. Times are Unix milliseconds. */
import type { Datagram } from '../../freeswitch/harness/pcap.ts'
import { audioPort, header, type SipMessage } from '../../freeswitch/harness/sip.ts'
import type { Ear, Listening } from './ear.ts'
import type { SipPort } from './port.ts'
import { branch, requestText, responseText, sdp, token, uriIn } from './text.ts'
import { VOICE_HZ } from './voice.ts'

export interface CallerScript {
  readonly did: string
  readonly number: string
  readonly name: string
  /** Digits to key, so long after a tone of that frequency begins. */
  readonly keys?: Readonly<Record<number, { readonly digits: string; readonly afterMs: number }>>
  /** Hangs up this long after the other party was first heard. */
  readonly talkMs?: number
  /** Gives up, this long after the INVITE, unless answered. */
  readonly giveUpMs?: number
  /** Nobody waits for ever: hangs up or cancels this long after the INVITE. */
  readonly mostMs: number
  /** Keeps the packets that were heard. */
  readonly keepAudio?: boolean
}

export interface CallerReport {
  readonly invitedMs: number
  /** The first sign of life: ringing, early media, answer or refusal. */
  readonly firstSignMs: number | undefined
  readonly rangMs: number | undefined
  readonly answeredMs: number | undefined
  /** Final answer to the INVITE. */
  readonly status: number | undefined
  readonly endedMs: number
  /** 'tired': nothing ended the call, and the caller's patience was over. */
  readonly endedBy: 'caller' | 'switch' | 'tired'
  readonly tones: ReadonlyMap<number, number>
  /** How often keys were pressed. */
  readonly entries: number
  /** The longest time in which an answered caller heard nothing at all. */
  readonly silenceMs: number
  readonly packets: readonly Datagram[]
}

export interface Caller {
  readonly invitedMs: number
  readonly over: Promise<CallerReport>
}

export interface CallerOptions {
  readonly sip: SipPort
  readonly ear: Ear
  /** FreeSWITCH's. */
  readonly switchPort: number
}

/** Digits are keyed as SIP INFO, one each 100 ms. */
const DIGIT_MS = 100

export function placeCall(script: CallerScript, { sip, ear, switchPort }: CallerOptions): Caller {
  const callId = token()
  const invitedMs = Date.now()
  const uri = `sip:${script.did}@127.0.0.1:${switchPort}`
  const from = `"${script.name}" <sip:${script.number}@127.0.0.1>;tag=${token()}`
  const invite = {
    method: 'INVITE',
    uri,
    port: sip.port,
    branch: branch(),
    from,
    to: `<${uri}>`,
    callId,
    cseq: 1,
  }
  const timers = new Set<NodeJS.Timeout>()
  const { promise, resolve } = Promise.withResolvers<CallerReport>()
  let cseq = 1
  let dialog: { readonly uri: string; readonly to: string } | undefined
  let firstSignMs: number | undefined
  let rangMs: number | undefined
  let answeredMs: number | undefined
  let status: number | undefined
  let listening: Listening | undefined
  let talking = false
  let entries = 0
  let tired = false
  let ended = false

  const later = (ms: number, what: () => void) => void timers.add(setTimeout(what, ms))
  const inDialog = (method: string, more: { contentType?: string; body?: string } = {}) =>
    requestText({ ...invite, ...dialog, ...more, method, branch: branch(), cseq: ++cseq })

  function over(by: 'caller' | 'switch'): void {
    if (ended) return
    ended = true
    const endedMs = Date.now()
    timers.forEach((timer) => clearTimeout(timer))
    listening?.stop()
    const heard = listening?.heard
    resolve({
      ...{ invitedMs, firstSignMs, rangMs, answeredMs, status, endedMs, entries },
      endedBy: tired ? 'tired' : by,
      tones: heard?.tones ?? new Map<number, number>(),
      silenceMs: answeredMs === undefined ? 0 : (heard?.silence(answeredMs, endedMs) ?? endedMs - answeredMs),
      packets: listening?.packets ?? [],
    })
    setTimeout(release, 3000).unref()
  }

  function hangUp(): void {
    if (ended) return
    if (answeredMs !== undefined) {
      stopRepeating()
      stopRepeating = sip.repeat(inDialog('BYE'), switchPort)
      return over('caller')
    }
    if (status !== undefined) return over('switch')
    sip.send(requestText({ ...invite, method: 'CANCEL' }), switchPort)
    // The answer to the INVITE, 487, is still to come.
    later(5000, () => over('caller'))
  }

  function press(digit: string): void {
    const body = `Signal=${digit}\r\nDuration=100\r\n`
    sip.send(inDialog('INFO', { contentType: 'application/dtmf-relay', body }), switchPort)
    listening?.busy()
  }

  function key(digits: string): void {
    entries++
    Array.from(digits).forEach((digit, i) => later(i * DIGIT_MS, () => press(digit)))
  }

  function onTone(freqHz: number): void {
    const entry = script.keys?.[freqHz]
    if (entry) later(entry.afterMs, () => key(entry.digits))
    if (freqHz !== VOICE_HZ || talking) return
    talking = true
    if (script.talkMs !== undefined) later(script.talkMs, hangUp)
  }

  function listen(message: SipMessage): void {
    const media = audioPort(message)
    if (media !== undefined) listening ??= ear.listen(media, onTone, { keep: script.keepAudio ?? false })
  }

  function onInviteAnswer(message: SipMessage): void {
    stopRepeating()
    const now = Date.now()
    const got = message.status!
    if (got === 100) return
    listen(message)
    firstSignMs ??= now
    if (got < 200) return void (rangMs ??= got === 180 ? now : undefined)
    const to = header(message, 'to') ?? ''
    if (got >= 300) {
      sip.send(requestText({ ...invite, method: 'ACK', to }), switchPort)
      status = got
      return over(got === 487 ? 'caller' : 'switch')
    }
    dialog = { uri: uriIn(header(message, 'contact')), to }
    sip.send(requestText({ ...invite, ...dialog, method: 'ACK', branch: branch() }), switchPort)
    status = got
    answeredMs ??= now
  }

  const release = sip.take(callId, (message) => {
    if (message.status === undefined) {
      if (message.method === 'ACK') return
      sip.send(responseText(message, { status: 200, reason: 'OK', tag: '', port: sip.port }), switchPort)
      return message.method === 'BYE' ? over('switch') : undefined
    }
    if (header(message, 'cseq') === '1 INVITE') onInviteAnswer(message)
    else if (ended) stopRepeating()
  })
  let stopRepeating = sip.repeat(
    requestText({ ...invite, contentType: 'application/sdp', body: sdp(ear.port) }),
    switchPort,
  )
  if (script.giveUpMs !== undefined) later(script.giveUpMs, () => answeredMs === undefined && hangUp())
  later(script.mostMs, () => {
    tired = true
    hangUp()
  })
  return { invitedMs, over: promise }
}
