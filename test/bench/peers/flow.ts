/** What the peers' programs have in common: the question to the webhook, and how they say what they took. */

export interface Reply {
  readonly callername: string
  readonly destination: string
}

/** @param url of the webhook, with its query up to the caller's number */
export async function askWebhook(url: string, caller: string): Promise<Reply> {
  const response = await fetch(`${url}${encodeURIComponent(caller)}`)
  const values = new URLSearchParams(await response.text())
  if (values.get('status') !== 'ACK') throw new Error('the webhook did not say ACK')
  return { callername: values.get('callername') ?? '', destination: values.get('destination') ?? '' }
}

export const bridgeTo = (destination: string): string =>
  `[leg_timeout=20]sofia/gateway/carrier/${destination}`

/** Tells the parent process that calls can come, and the CPU time so far whenever it asks. */
export function reportCpu(): void {
  process.on('message', () => process.send?.({ kind: 'cpu', ...process.cpuUsage() }))
  process.on('disconnect', () => process.exit())
  process.send?.({ kind: 'ready' })
}
