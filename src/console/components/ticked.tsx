/** Text of documents and of the API, in which names stand between backticks. */
import type { JSX } from 'preact'

export function Ticked({ text }: { text: string }): JSX.Element {
  // Every second part stood between two of them.
  const parts = text.split('`')
  if (parts.length % 2 === 0) return <>{text}</>
  return <>{parts.map((part, i) => (i % 2 === 0 ? part : <code key={i}>{part}</code>))}</>
}
