/** Variables as the controller sets them, and as FreeSWITCH expands them in the arguments of applications. */
import type { Channel } from './channel.ts'
import { recordsTheCall } from './recording.ts'
import { closingBracket, toText } from './strings.ts'

/** Variables whose value FreeSWITCH runs as a command sooner or later. */
const EXECUTED =
  /^(nolocal:|_nolocal_)?(api_|execute_on_|exec_|bridge_pre_execute|bridge_post_|session_in_hangup_hook|.*_api_on_|transfer_on_fail|transfer_after_bridge|.*hangup_hook|park_after_bridge)/i

/** Whether setting `name` gets its value executed. */
export function isExecuted(name: string): boolean {
  return EXECUTED.test(name)
}

/**
 * Sets a variable as the controller asks (switch_channel_set_variable): an empty value unsets, one that holds a
 * variable is dropped (switch_string_var_check). What gets executed is a violation.
 */
export function setVariable(channel: Channel, name: string, value: string): void {
  if (value !== '') {
    if (isExecuted(name) && !recordsTheCall(channel, name, value))
      channel.timeline.violation(`sets ${name}, which is executed: ${value}`)
    if (/[^\w.:-]/.test(name)) channel.timeline.violation(`sets a variable with a strange name: ${name}`)
  }
  if (value.includes('${')) {
    channel.timeline.violation(`the value of ${name} holds a variable and is dropped`)
    return
  }
  channel.variables.set(name, value)
  channel.timeline.add({ type: 'set', name: toText(name), value: value === '' ? undefined : toText(value) })
}

/** FreeSWITCH leaves what is nested deeper as it is. */
const DEEPEST = 100

/**
 * As switch_channel_expand_variables. An API command (`${system …}`) or a global variable (`$${…}`) is a violation:
 * FreeSWITCH would have run or read it.
 */
export function expand(channel: Channel, text: string, depth = 0): string {
  if (depth > DEEPEST || (!text.includes('$') && !text.includes('\\'))) return text
  let out = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!
    const next = text[at + 1]
    if (character === '\\' && next === '$') {
      // The dollar is copied as it is; of two, one.
      at += text[at + 2] === '$' ? 2 : 1
      out += '$'
    } else if (character === '\\' && next === "'") {
      at += 1
    } else if (character === '\\' && next === '\\') {
      out += '\\'
      at += 1
    } else if (character === '$' && (next === '{' || (next === '$' && text[at + 2] === '{'))) {
      const open = next === '{' ? at + 1 : at + 2
      const end = closingBracket(text, open, '}')
      const close = end < 0 ? text.length : end
      const name = expand(channel, text.slice(open + 1, close), depth + 1)
      out += valueOf(channel, name, next === '$')
      at = close
    } else {
      out += character
    }
  }
  return out
}

/** A variable, or else a field of the caller profile; `:offset:length` after the name is ignored. */
function valueOf({ timeline, variables, profile }: Channel, name: string, global: boolean): string {
  if (global || /[ (]/.test(name)) {
    timeline.violation(`expands and executes ${global ? '$' : ''}\${${name}}`)
    return ''
  }
  const plain = name.replace(/:-?\d+(:-?\d+)?$/, '')
  const fields: Readonly<Record<string, string>> = {
    caller_id_name: profile.name,
    caller_id_number: profile.number,
    destination_number: profile.destination,
  }
  return variables.get(plain) ?? fields[plain] ?? ''
}
