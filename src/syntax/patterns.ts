/** How single words are written. Each pattern is that of the whole word; JSON Schemas take its `source`. */

/** Of documents, plans, steps, webhooks, audio, and contexts of FreeSWITCH's dialplan. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const part = NAME.source.slice(1, -1)

/** A document in its folders: `acme`, `north/acme`. */
export const DOCUMENT = new RegExp(`^${part}(?:/${part})*$`)

/** Documents, for what holds for some of them: one, a folder with all below it (`north/*`), or all (`*`). */
export const DOCUMENTS = new RegExp(`^(?:\\*|${part}(?:/${part})*(?:/\\*)?)$`)

/** What a bridge may ring, in a plan or in a webhook's answer. */
export const DESTINATION = /^\+?[0-9*#]{1,32}$/

/** What a transfer may name. A leading `-` would be an option of FreeSWITCH's `transfer`: `-bleg`, `-both`. */
export const EXTENSION = /^(?!-)[A-Za-z0-9+*#_.-]{1,64}$/

/** A queue of mod_callcenter, often with a domain: `sales`, `sales@acme.example`. */
export const QUEUE = new RegExp(`^${part}(?:@${part})?$`)

/** A profile of mod_voicemail. Others are commands of its application (mod_voicemail.c, voicemail_function). */
export const VOICEMAIL_PROFILE = new RegExp(`^(?!(?:check|auth|auth_only)$)${part}$`, 'i')

/** A revision of the plan set: the beginning of a SHA-256. */
export const REVISION = /^[0-9a-f]{12}$/

/** FreeSWITCH's Unique-ID of a channel, which names the call everywhere. */
export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const ENVIRONMENT_VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A document's domain: a host name, never an address, since its last label begins with a letter. */
export const HOST_NAME =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/** What FreeSWITCH takes as a domain: what a call was dialled at may be an address, and one with a port. */
export const DOMAIN = /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/

/**
 * What nothing may hold that FreeSWITCH reads: a command with this and `reload` or `unload`, anywhere in it and in
 * any spelling, is replaced by one that unloads the event socket (mod_event_socket.c, parse_command).
 */
export const EVENT_SOCKET_MODULE = /(mod_event)(_socket)/gi
