/** What a PromQL expression reads: its metrics, each with the labels that it selects by, and all other labels that it names. */

export interface Reads {
  readonly metrics: readonly string[]
  /** metric → label → how its value is compared, and with what. */
  readonly selected: readonly {
    readonly metric: string
    readonly label: string
    readonly operator: string
    readonly value: string
  }[]
  /** In `by (…)` and `without (…)`. */
  readonly grouped: readonly string[]
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  ...['sum', 'max', 'min', 'count', 'avg', 'rate', 'increase', 'delta', 'absent', 'histogram_quantile'],
  ...['min_over_time', 'max_over_time', 'vector', 'label_values'],
])
const KEYWORDS: ReadonlySet<string> = new Set([
  'by',
  'without',
  'and',
  'or',
  'unless',
  'on',
  'ignoring',
  'bool',
  'offset',
])

export function readsOf(expression: string): Reads {
  const selected: { metric: string; label: string; operator: string; value: string }[] = []
  const grouped: string[] = []
  const metrics: string[] = []
  const rest = expression
    .replaceAll(/([a-zA-Z_:][\w:]*)?\{([^}]*)\}/g, (_, metric: string | undefined, inner: string) => {
      if (metric === undefined) throw new Error(`a selector without a metric in ${expression}`)
      for (const [, label, operator, value] of inner.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g))
        selected.push({ metric, label: label!, operator: operator!, value: value! })
      return metric
    })
    .replaceAll(/\b(?:by|without)\s*\(([^)]*)\)/g, (_, labels: string) => {
      grouped.push(...labels.split(',').map((label) => label.trim()))
      return ''
    })
    // Durations, and what Grafana puts in.
    .replaceAll(/\[[^\]]*\]/g, '')
  for (const [name] of rest.matchAll(/[a-zA-Z_:][\w:]*/g))
    if (!FUNCTIONS.has(name) && !KEYWORDS.has(name)) metrics.push(name)
  return { metrics: [...new Set(metrics)], selected, grouped }
}
