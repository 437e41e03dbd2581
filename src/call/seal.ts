/**
 * A checkpoint's signature, so that whoever sets a channel variable does not choose where a call goes on, such as
 * behind a PIN. Controllers that hand calls to one another share the secret.
 */
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { Config } from '../config/index.ts'

export interface Seal {
  /** `call`: the Unique-ID of the channel that it is for; no other can use it. */
  sign(text: string, call: string): string
  /** The text that was signed; undefined: not with a secret of ours, or not for this call. */
  open(signed: string, call: string): string | undefined
}

const UNSIGNED: Seal = { sign: (text) => text, open: (text) => text }

const FIELD = '~'
/** 96 bits, base64url: FreeSWITCH takes time for each byte. */
const MAC_BYTES = 12
const MAC_LENGTH = 16

/** The first secret signs, any of them opens; without one there is no signature. */
export function createSeal(secrets: Config['checkpointSecret']): Seal {
  if (secrets === undefined) return UNSIGNED
  const keys = secrets.map((secret) => createSecretKey(secret.reveal(), 'utf8'))
  const signing = keys[0]!
  return {
    sign: (text, call) => `${text}${FIELD}${mac(signing, text, call).toString('base64url')}`,
    open(signed, call) {
      const at = signed.length - MAC_LENGTH
      if (signed[at - 1] !== FIELD) return undefined
      const said = Buffer.from(signed.slice(at), 'base64url')
      const text = signed.slice(0, at - 1)
      if (said.length !== MAC_BYTES) return undefined
      return keys.some((key) => timingSafeEqual(mac(key, text, call), said)) ? text : undefined
    },
  }
}

function mac(key: KeyObject, text: string, call: string): Buffer {
  return createHmac('sha256', key).update(`${call}${FIELD}${text}`).digest().subarray(0, MAC_BYTES)
}
