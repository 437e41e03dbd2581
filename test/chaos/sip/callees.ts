/** Everybody who can be called, on one port: the number dialled says how they behave. */
import { audioPort, header, party, type SipMessage } from '../../freeswitch/harness/sip.ts'
import { openSipPort, type SipPort } from './port.ts'
import { branch, requestText, responseText, sdp, token, uriIn } from './text.ts'
import type { Voice } from './voice.ts'

export interface Behaviour {
  /** Final answer; undefined: rings until the other side gives up. */
  readonly status: number | undefined
  /** From INVITE to final answer. */
  readonly afterMs: number
  /** When answered: hangs up then; undefined: leaves that to the caller. */
  readonly talkMs?: number
}

/** One INVITE and what became of it; times are Unix milliseconds. */
export interface Leg {
  readonly destination: string
  /** User part and display name of From. */
  readonly number: string
  readonly name: string
  readonly atMs: number
  /** The ACK came. */
  answeredMs?: number
  endedMs?: number
  endedBy?: 'callee' | 'switch'
}

export interface Callees {
  readonly port: number
  readonly legs: readonly Leg[]
  /** Calls `listener` for every new INVITE. */
  onInvite(listener: (leg: Leg) => void): void
  close(): void
}

const reasons: Readonly<Record<number, string>> = {
  180: 'Ringing',
  200: 'OK',
  486: 'Busy Here',
  487: 'Request Terminated',
}

export async function openCallees(
  behaviours: Readonly<Record<string, Behaviour>>,
  voice: Voice,
): Promise<Callees> {
  const legs: Leg[] = []
  const listeners: ((leg: Leg) => void)[] = []
  const sip = await openSipPort((message) => {
    if (message.method === 'INVITE') invited(message)
    else if (message.method !== 'ACK') answer(sip, message, 481, token())
  })

  function invited(invite: SipMessage): void {
    const destination = /^INVITE sips?:([^@;>]*)@/.exec(invite.start)?.[1] ?? ''
    const { user = '', name = '' } = party(header(invite, 'from')) ?? {}
    const leg: Leg = { destination, number: user, name, atMs: Date.now() }
    legs.push(leg)
    listeners.forEach((listener) => listener(leg))
    attend(sip, invite, leg, behaviours[destination] ?? { status: 404, afterMs: 0 }, voice)
  }

  return {
    port: sip.port,
    legs,
    onInvite: (listener) => void listeners.push(listener),
    close: () => sip.close(),
  }
}

function answer(sip: SipPort, request: SipMessage, status: number, tag: string, body = ''): void {
  const { port } = sip
  const reason = reasons[status] ?? 'Refused'
  sip.send(responseText(request, { status, reason, tag, port, body }), request.from)
}

/** One call of a callee, from the INVITE on. */
function attend(sip: SipPort, invite: SipMessage, leg: Leg, behaviour: Behaviour, voice: Voice): void {
  const tag = token()
  const callId = header(invite, 'call-id') ?? ''
  let stopRepeating: () => void = () => undefined
  let stopSpeaking: () => void = () => undefined
  let hangUp: NodeJS.Timeout | undefined
  const decision =
    behaviour.status === undefined ? undefined : setTimeout(() => final(behaviour.status!), behaviour.afterMs)

  function final(status: number): void {
    const { port } = sip
    const body = status === 200 ? sdp(voice.port) : ''
    const reason = reasons[status] ?? 'Refused'
    stopRepeating = sip.repeat(responseText(invite, { status, reason, tag, port, body }), invite.from)
  }

  function acknowledged(): void {
    stopRepeating()
    if (behaviour.status !== 200 || leg.endedMs !== undefined) return done()
    if (leg.answeredMs !== undefined) return
    leg.answeredMs = Date.now()
    const to = audioPort(invite)
    if (to !== undefined) stopSpeaking = voice.speak(to)
    if (behaviour.talkMs !== undefined) hangUp = setTimeout(bye, behaviour.talkMs)
  }

  function bye(): void {
    ended('callee')
    const { port } = sip
    const [from, to] = [`${header(invite, 'to') ?? ''};tag=${tag}`, header(invite, 'from') ?? '']
    const uri = uriIn(header(invite, 'contact'))
    const request = { method: 'BYE', uri, port, branch: branch(), from, to, callId, cseq: 1 }
    stopRepeating = sip.repeat(requestText(request), invite.from)
  }

  function ended(by: 'callee' | 'switch'): void {
    leg.endedMs ??= Date.now()
    leg.endedBy ??= by
    clearTimeout(hangUp)
    stopSpeaking()
  }

  function done(): void {
    stopRepeating()
    // Whatever is sent again finds its answer for a while.
    setTimeout(release, 2000).unref()
  }

  const release = sip.take(callId, (message) => {
    switch (message.method) {
      case 'INVITE':
        return // Sent again; the answer will be, too.
      case 'ACK':
        return acknowledged()
      case 'CANCEL':
        clearTimeout(decision)
        answer(sip, message, 200, tag)
        if (leg.answeredMs === undefined) ended('switch')
        return final(487)
      case 'BYE':
        answer(sip, message, 200, tag)
        ended('switch')
        return done()
      case undefined:
        return message.status !== undefined && message.status >= 200 ? done() : undefined
      default:
        return answer(sip, message, 200, tag)
    }
  })
  answer(sip, invite, 180, tag)
}
