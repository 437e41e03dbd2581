/** `a`, `a and b`, `a, b and c`; past `most` items the rest is counted: `a, b and 3 more`. The word says the language. */
export function listed(
  items: readonly string[],
  { word = 'and', most = 20 }: { readonly word?: keyof typeof REST; readonly most?: number } = {},
): string {
  const shown =
    items.length > most ? [...items.slice(0, most), `${items.length - most} ${REST[word]}`] : items
  const last = shown.at(-1) ?? ''
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} ${word} ${last}`
}

const REST = { and: 'more', or: 'more', en: 'andere', of: 'andere' } as const
