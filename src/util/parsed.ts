/** What a text in JSON says; undefined where it is none, such as a line that a full disk cut short. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}
