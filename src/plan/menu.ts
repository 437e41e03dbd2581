/** Choosing from a menu: the entry is taken as soon as no longer choice begins with it. */
import type { DigitsInput, Gone } from './call-control.ts'
import type { EntrySpec } from './document.ts'
import type { WalkContext } from './step.ts'

/**
 * Collects digit by digit, since FreeSWITCH cannot be told that `2` is enough while `1` may become `12`.
 * What was keyed so far is part of the state: the choice in a menu is no code.
 */
export async function collectChoice(
  context: WalkContext,
  spec: EntrySpec,
  choices: ReadonlySet<string>,
  prompt: string,
): Promise<DigitsInput | Gone> {
  const { call, state } = context
  for (;;) {
    const first = state.keyed === ''
    const entry = await call.collect({
      prompt: first ? prompt : undefined,
      timeoutMs: (first ? spec.timeoutSeconds : spec.interDigitSeconds) * 1000,
      interDigitMs: spec.interDigitSeconds * 1000,
      maxDigits: 1,
      terminator: spec.terminator,
      secret: false,
    })
    if (entry === 'gone') return 'gone'
    if (entry.kind === 'timeout') {
      return first ? entry : { kind: 'digits', digits: state.keyed, terminated: false }
    }
    const keyed = state.keyed + entry.digits
    if (entry.terminated && entry.digits === '') return { kind: 'digits', digits: keyed, terminated: true }
    if (!mayGrow(keyed, choices)) return { kind: 'digits', digits: keyed, terminated: entry.terminated }
    state.keyed = keyed
  }
}

function mayGrow(keyed: string, choices: ReadonlySet<string>): boolean {
  for (const choice of choices) if (choice.length > keyed.length && choice.startsWith(keyed)) return true
  return false
}
